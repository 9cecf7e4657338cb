import { invalidSignature } from './authentication-error.js';
import type { ReceivedHeaders } from './received-headers.js';

/** It selects the secret: with another one no signature holds, so it may be added after signing. */
export const SECURITY_TOKEN = 'x-amz-security-token';

/**
 * Checks that the signature covers what it must: `host`, and every `x-amz-` header of the
 * request but the session token. Else anybody on the way could add an `X-Amz-Target`.
 *
 * @throws AuthenticationError InvalidSignatureException
 */
export function checkSignedHeaders(
  received: ReceivedHeaders,
  signedHeaders: readonly string[],
): void {
  const uncovered = signedHeaders.includes('host') ? [] : ["'Host' or ':authority'"];
  for (const name of received.keys()) {
    if (!name.startsWith('x-amz-') || name === SECURITY_TOKEN) continue;
    if (!signedHeaders.includes(name)) uncovered.push(`'${asAwsSpells(name)}'`);
  }
  if (uncovered.length === 0) return;
  throw invalidSignature(
    uncovered
      .map((header) => `${header} must be a 'SignedHeader' in the AWS Authorization.`)
      .join(' '),
  );
}

/** `x-amz-date` → `X-Amz-Date` */
function asAwsSpells(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('-');
}
