/**
 * Grant tokens. A token names its grant, so that a server which hasn't heard of the grant yet can read
 * it; it is no secret and gives no right: the caller must be the grantee all the same.
 *
 * Base64 of: version, 1 octet; grant id, 32; salt, 16; the first 8 octets of SHA-256 over what stands
 * before and after it; then the key's `<region>/<account>/<key id>` in ASCII.
 */
import { hash } from 'node:crypto';
import { kmsError } from '../errors.js';

export interface GrantAddress {
  readonly region: string;
  readonly accountId: string;
  readonly keyId: string;
  /** 64 lower-case hex digits. */
  readonly grantId: string;
}

const VERSION = 1;
const ID_BYTES = 32;
const SALT_BYTES = 16;
const SUM_BYTES = 8;
const NAME_AT = 1 + ID_BYTES + SALT_BYTES + SUM_BYTES;
const NAME = /^([a-z0-9-]{1,32})\/([0-9]{12})\/([0-9a-z-]{1,64})$/;

/** A fresh token of the grant; all its tokens mean the same. */
export function makeGrantToken(
  { region, accountId, keyId, grantId }: GrantAddress,
  randomBytes: (size: number) => Buffer,
): string {
  const head = Buffer.concat([
    Buffer.from([VERSION]),
    Buffer.from(grantId, 'hex'),
    randomBytes(SALT_BYTES),
  ]);
  const name = Buffer.from(`${region}/${accountId}/${keyId}`, 'ascii');
  return Buffer.concat([head, checksum(head, name), name]).toString('base64');
}

/** @throws ServiceError InvalidGrantTokenException for a text that is no grant token. */
export function parseGrantToken(token: string): GrantAddress {
  const bytes = Buffer.from(token, 'base64');
  const name = bytes.subarray(NAME_AT);
  const [, region, accountId, keyId] = NAME.exec(name.toString('latin1')) ?? [];
  const sum = bytes.subarray(NAME_AT - SUM_BYTES, NAME_AT);
  const whole =
    bytes[0] === VERSION && checksum(bytes.subarray(0, NAME_AT - SUM_BYTES), name).equals(sum);
  if (!whole || region === undefined || accountId === undefined || keyId === undefined) {
    throw kmsError('InvalidGrantTokenException', 'The grant token is not valid.');
  }
  return { region, accountId, keyId, grantId: bytes.subarray(1, 1 + ID_BYTES).toString('hex') };
}

function checksum(head: Buffer, name: Buffer): Buffer {
  return hash('sha256', Buffer.concat([head, name]), 'buffer').subarray(0, SUM_BYTES);
}
