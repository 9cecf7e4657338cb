import { hash } from 'node:crypto';
import { type AuthenticationError, incompleteSignature } from './authentication-error.js';

/** The one algorithm, and the scheme of the `Authorization` header. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const UNSUPPORTED_ALGORITHM = `Unsupported AWS 'algorithm' (only ${ALGORITHM} for now).`;

/** What a whole `Authorization` header, or a presigned query, says. None of it is verified yet. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower-case names in strictly ascending order. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** The four parts of a `Credential` that follow the access key id. */
export interface CredentialScope {
  /** `YYYYMMDD`, as sent. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

const MAX_HEADER_LENGTH = 8192;
const MAX_SIGNED_HEADERS = 128;

const PARAMETERS = ['Credential', 'Signature', 'SignedHeaders'] as const;
type Parameter = (typeof PARAMETERS)[number];

/** RFC 9110, 5.6.2 `token`, in lower case only. */
const LOWER_CASE_TOKEN = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/;

/** The form of an access key id (IAM API, `accessKeyIdType`). Nothing else is looked up. */
export const ACCESS_KEY_ID = /^\w{16,128}$/;

/** The access key id that an `Authorization` header claims, before anything of it is checked. */
export function claimedAccessKeyId(header: string | undefined): string | undefined {
  return /Credential=(\w{1,128})\//.exec(header?.slice(0, 1024) ?? '')?.[1];
}

/**
 * Takes an `Authorization` header apart.
 *
 * @param hasDate whether the request has an `X-Amz-Date` or a `Date` header; AWS names a missing
 *   date in the same message as missing parameters
 * @throws AuthenticationError IncompleteSignatureException
 */
export function parseAuthorization(header: string, hasDate: boolean): Authorization {
  if (header.length > MAX_HEADER_LENGTH) {
    throw malformed('Authorization header is too long.', header);
  }
  const parameters = parseParameters(header);
  requireAll(parameters, hasDate, header);
  return {
    ...parseCredential(parameters.get('Credential') ?? ''),
    signedHeaders: parseSignedHeaders(parameters.get('SignedHeaders') ?? '', (message) =>
      malformed(message, header),
    ),
    signature: parameters.get('Signature') ?? '',
  };
}

/**
 * `keyid/date/region/service/term`
 * @throws AuthenticationError IncompleteSignatureException
 */
export function parseCredential(text: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const [accessKeyId = '', date = '', region = '', service = '', terminator = '', ...more] =
    text.split('/');
  if (terminator === '' || more.length > 0) {
    throw incompleteSignature(
      'Credential must have exactly 5 slash-delimited elements, ' +
        'e.g. keyid/date/region/service/term.',
    );
  }
  return { accessKeyId, scope: { date, region, service, terminator } };
}

function parseParameters(header: string): ReadonlyMap<Parameter, string> {
  const space = header.indexOf(' ');
  const scheme = space === -1 ? header : header.slice(0, space);
  if (scheme !== ALGORITHM) {
    throw malformed(UNSUPPORTED_ALGORITHM, header);
  }
  const parameters = new Map<Parameter, string>();
  for (const piece of space === -1 ? [] : header.slice(space + 1).split(',')) {
    const text = piece.trim();
    if (text === '') continue;
    const equals = text.indexOf('=');
    if (equals === -1) {
      throw malformed(
        'Invalid key=value pair (missing equal-sign) in Authorization header.',
        header,
      );
    }
    const name = PARAMETERS.find((parameter) => parameter === text.slice(0, equals));
    if (name === undefined || parameters.has(name)) {
      throw malformed(
        `Authorization header allows each of ${quotedList(PARAMETERS)} once, and nothing else.`,
        header,
      );
    }
    parameters.set(name, text.slice(equals + 1));
  }
  return parameters;
}

function requireAll(
  parameters: ReadonlyMap<Parameter, string>,
  hasDate: boolean,
  header: string,
): void {
  const missing = PARAMETERS.filter((name) => !parameters.get(name)).map(
    (name) => `Authorization header requires '${name}' parameter.`,
  );
  if (!hasDate) {
    missing.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  if (missing.length > 0) throw malformed(missing.join(' '), header);
}

/**
 * Lower-case names in strictly ascending order, at most 128.
 * @param refusal the error for a list that isn't this
 */
export function parseSignedHeaders(
  list: string,
  refusal: (message: string) => AuthenticationError,
): readonly string[] {
  const names = list.split(';', MAX_SIGNED_HEADERS + 1);
  if (names.length > MAX_SIGNED_HEADERS) {
    throw refusal(`SignedHeaders must not have more than ${MAX_SIGNED_HEADERS} names.`);
  }
  let previous = '';
  for (const name of names) {
    if (!LOWER_CASE_TOKEN.test(name) || name <= previous) {
      throw refusal('SignedHeaders must be lower-case header names in ascending order.');
    }
    previous = name;
  }
  return names;
}

/**
 * The header may hold a signature, or a secret that somebody put there by mistake. So the caller
 * gets its hash, to compare with what they sent, as newer AWS services do.
 */
function malformed(message: string, header: string): AuthenticationError {
  return incompleteSignature(
    `${message} (Hashed with SHA-256 and encoded with Base64) ` +
      `Authorization=${hash('sha256', header, 'base64')}`,
  );
}

function quotedList(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
