import { hash } from 'node:crypto';
import { ALGORITHM, type Authorization } from './authorization-header.js';
import { canonicalTarget } from './canonical-target.js';
import { canonicalHeaderValue, type ReceivedHeaders } from './received-headers.js';
import type { RequestTime } from './request-time.js';

/** Node reads a header byte for byte into the characters U+0000 to U+00FF. */
const NOT_A_BYTE = /[^\0-\xff]/;

/** What of a request goes under the signature. */
export interface RequestToCanonicalize {
  readonly method: string;
  readonly target: string;
  readonly received: ReceivedHeaders;
  /** Lower-case hexadecimal SHA-256 of the body. */
  readonly payloadHash: string;
  /** Parameters of the query that the signature leaves out. */
  readonly unsignedParameters?: readonly string[] | undefined;
}

/**
 * The canonical request (IAM User Guide, "Create a signed AWS API request", step 1), one
 * character per byte. Answers `undefined` when the request can't have been signed like this: a
 * signed header is missing, or the target is not a path.
 */
export function canonicalRequest(
  request: RequestToCanonicalize,
  signedHeaders: readonly string[],
): string | undefined {
  const target = canonicalTarget(request.target, request.unsignedParameters);
  if (target === undefined) return undefined;
  let headers = '';
  for (const name of signedHeaders) {
    const value = request.received.get(name);
    if (value === undefined || NOT_A_BYTE.test(value)) return undefined;
    headers += `${name}:${canonicalHeaderValue(value)}\n`;
  }
  return (
    `${request.method}\n${target.path}\n${target.query}\n` +
    `${headers}\n${signedHeaders.join(';')}\n${request.payloadHash}`
  );
}

/** The string to sign (step 3 there) for a canonical request. */
export function stringToSign(
  canonical: string,
  signed: RequestTime,
  scope: Authorization['scope'],
): string {
  return (
    `${ALGORITHM}\n${signed.basic}\n` +
    `${scope.date}/${scope.region}/${scope.service}/${scope.terminator}\n` +
    hash('sha256', Buffer.from(canonical, 'latin1'), 'hex')
  );
}
