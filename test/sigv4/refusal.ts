import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { AuthenticationError } from '../../src/sigv4/authentication-error.js';
import type { SignedRequest } from '../../src/sigv4/signed-request.js';
import {
  headerPairs,
  headersAsNodeHasThem,
  LIST_KEYS,
  refusalOf,
  signedByAws,
  type ToSign,
  type VerifierSettings,
  verifierFor,
  withHeader,
} from './signed-by-aws.js';

/** Changes the value of the `Authorization` header. */
export const authorization =
  (change: (value: string) => string) =>
  (request: SignedRequest): SignedRequest =>
    withHeader(request, 'authorization', change);

/** Sets a header, or takes it away. */
export const header =
  (name: string, value: string | undefined) =>
  (request: SignedRequest): SignedRequest =>
    withHeader(request, name, value);

/** Adds a header that is there already. */
export function duplicated(request: SignedRequest, name: string, value: string): SignedRequest {
  return { ...request, ...headersAsNodeHasThem([...headerPairs(request), [name, value]]) };
}

/** A request to be refused. */
export interface Refusal {
  what: string;
  /** Signed like this … */
  toSign?: ToSign;
  /** … then changed like this … */
  change?: (request: SignedRequest) => SignedRequest;
  /** … and judged by this verifier. */
  verifier?: VerifierSettings;
  message: string;
}

/** Checks code and message; `hashed` says that the message ends with the header's hash. */
export async function expectRefusal(code: string, hashed: boolean, row: Refusal): Promise<void> {
  const signed = await signedByAws({ ...LIST_KEYS, ...row.toSign });
  const request = row.change?.(signed) ?? signed;
  const refusal = refusalOf(verifierFor(row.verifier), request);
  expect(refusal).toBeInstanceOf(AuthenticationError);
  const sent = headerPairs(request)
    .filter(([name]) => name === 'authorization')
    .map(([, value]) => value)
    .join(',');
  const sha256 = createHash('sha256').update(sent).digest('base64');
  const suffix = hashed
    ? ` (Hashed with SHA-256 and encoded with Base64) Authorization=${sha256}`
    : '';
  expect(refusal).toMatchObject({ code, message: row.message + suffix });
}
