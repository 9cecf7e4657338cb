/**
 * Signatures in the query string, "presigned" requests. Source: IAM User Guide, "Create a signed AWS
 * API request" and "Authentication methods" (query string parameters).
 */
import { incompleteSignature } from './authentication-error.js';
import {
  ALGORITHM,
  type Authorization,
  parseCredential,
  parseSignedHeaders,
  UNSUPPORTED_ALGORITHM,
} from './authorization-header.js';
import { canonicalParameters } from './canonical-target.js';

const REQUIRED = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
] as const;
const EXPIRES = 'X-Amz-Expires';
const TOKEN = 'X-Amz-Security-Token';
const PARAMETERS = [...REQUIRED, EXPIRES, TOKEN] as const;
type Parameter = (typeof PARAMETERS)[number];

const MAX_EXPIRES_SECONDS = 604_800;
const WHOLE_NUMBER = /^\d{1,9}$/;

/** A query that is whole. Nothing of it is verified yet. */
export interface PresignedQuery {
  readonly authorization: Authorization;
  /** As sent. */
  readonly date: string;
  readonly sessionToken: string | undefined;
  /**
   * What the signature may leave out: itself, and the session token, which some add after signing.
   * One of these holds.
   */
  readonly unsignedParameters: readonly (readonly string[])[];
}

/** Whether a request target carries a signature of its own, whole or not. */
export function isPresigned(target: string): boolean {
  return /[?&]X-Amz-(?:Algorithm|Signature)=/.test(target);
}

/** The access key id that a presigned target claims, before anything of it is checked. */
export function claimedInQuery(target: string): string | undefined {
  return /[?&]X-Amz-Credential=(\w{1,128})(?:\/|%2F)/i.exec(target)?.[1];
}

/**
 * Takes the query of a request target apart.
 *
 * @throws AuthenticationError IncompleteSignatureException
 */
export function parsePresignedQuery(target: string): PresignedQuery {
  const parameters = parametersIn(target);
  const missing = REQUIRED.filter((name) => !parameters.get(name)).map(
    (name) => `AWS query-string parameters must include '${name}'.`,
  );
  if (missing.length > 0) throw malformed(missing.join(' '));
  if (parameters.get('X-Amz-Algorithm') !== ALGORITHM) throw malformed(UNSUPPORTED_ALGORITHM);
  checkExpires(parameters.get(EXPIRES));
  const token = parameters.get(TOKEN);
  const signature = 'X-Amz-Signature';
  return {
    authorization: {
      ...parseCredential(parameters.get('X-Amz-Credential') ?? ''),
      signedHeaders: parseSignedHeaders(parameters.get('X-Amz-SignedHeaders') ?? '', malformed),
      signature: parameters.get(signature) ?? '',
    },
    date: parameters.get('X-Amz-Date') ?? '',
    sessionToken: token,
    unsignedParameters: [[signature], ...(token === undefined ? [] : [[signature, TOKEN]])],
  };
}

function parametersIn(target: string): ReadonlyMap<Parameter, string> {
  const found = new Map<Parameter, string>();
  for (const { name, value } of canonicalParameters(target.slice(target.indexOf('?') + 1))) {
    const known = PARAMETERS.find((parameter) => parameter === name);
    if (known === undefined) continue;
    if (found.has(known)) throw malformed(`AWS query-string parameters allow '${known}' once.`);
    found.set(known, decoded(value));
  }
  return found;
}

function decoded(canonical: string): string {
  try {
    return decodeURIComponent(canonical);
  } catch {
    throw malformed('AWS query-string parameters must be percent-encoded UTF-8.');
  }
}

/** How long the caller means it to be good. STS keeps to its own time, but knows what is no duration. */
function checkExpires(text: string | undefined): void {
  if (text === undefined) return;
  const seconds = WHOLE_NUMBER.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_EXPIRES_SECONDS) return;
  throw malformed(`${EXPIRES} must be from 1 to ${MAX_EXPIRES_SECONDS} seconds.`);
}

function malformed(message: string) {
  return incompleteSignature(`${message} Re-examine the query-string parameters.`);
}
