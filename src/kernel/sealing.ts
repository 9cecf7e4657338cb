/**
 * Sealing: a secret may lie in the database only encrypted by the root key, which never leaves the
 * root token.
 *
 *   offset 0, 1 octet: format version, 1
 *   offset 1, 12 octets: AES-GCM IV;  offset 13, 16 octets: tag;  then the ciphertext
 */
import { type GcmParts, packGcm, unpackGcm } from './gcm.js';
import type { Deadline } from './time.js';

/** Table, row and column of a sealed value: additional data, so it can't be moved elsewhere. */
export interface SealedLocation {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

export interface Sealer {
  /** @param secret 1–65,536 octets; left as it is, the caller zeroes it. */
  seal(secret: Buffer, location: SealedLocation, deadline: Deadline): Promise<Buffer>;
  /** @throws SealError when the value was not sealed by this root key for this location. */
  open(sealed: Buffer, location: SealedLocation, deadline: Deadline): Promise<Buffer>;
}

/** The sealed value isn't whole, isn't this root key's, or isn't from this place. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

const VERSION = 1;

export function encodeSealed(parts: GcmParts): Buffer {
  return Buffer.concat([Buffer.from([VERSION]), packGcm(parts)]);
}

/** @throws SealError */
export function parseSealed(sealed: Buffer): GcmParts {
  const parts = sealed[0] === VERSION ? unpackGcm(sealed.subarray(1)) : undefined;
  if (!parts) throw new SealError('sealed value is malformed');
  return parts;
}

/** The location's octets for the cipher: length-prefixed parts, so no two places coincide. */
export function locationAad(location: SealedLocation): Buffer {
  const parts = [location.table, location.row, location.column].map((text) => {
    const octets = Buffer.from(text, 'utf8');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(octets.length);
    return Buffer.concat([length, octets]);
  });
  return Buffer.concat([Buffer.from('strongroom seal\0'), ...parts]);
}

export const materialLocation = (address: {
  readonly region: string;
  readonly keyId: string;
  readonly materialId: string;
}): SealedLocation => ({
  table: 'key_materials',
  row: `${address.region}/${address.keyId}/${address.materialId}`,
  column: 'sealed',
});

/** An import token is bound to the key for which it was made. */
export const importTokenLocation = (key: { region: string; keyId: string }): SealedLocation => ({
  table: 'import_tokens',
  row: `${key.region}/${key.keyId}`,
  column: 'token',
});

export const accessKeyLocation = (accessKeyId: string): SealedLocation => ({
  table: 'access_keys',
  row: accessKeyId,
  column: 'sealed_secret',
});

export const keyStorePasswordLocation = (customKeyStoreId: string): SealedLocation => ({
  table: 'custom_key_stores',
  row: customKeyStoreId,
  column: 'sealed_password',
});

export const peerIdentityLocation: SealedLocation = {
  table: 'peer_identity',
  row: '1',
  column: 'sealed_key',
};

export const sessionKeyLocation: SealedLocation = {
  table: 'session_keys',
  row: '1',
  column: 'sealed_key',
};

/** @param serialNumber the device's ARN */
export const mfaSeedLocation = (serialNumber: string): SealedLocation => ({
  table: 'iam_entities',
  row: serialNumber,
  column: 'body.sealedSeed',
});

/** A key pair that nobody has used yet: in memory alone. @param id of its own, so none can stand for another */
export const stockedPairLocation = (keySpec: string, id: string): SealedLocation => ({
  table: 'key_pair_stock',
  row: `${keySpec}/${id}`,
  column: 'sealed_key',
});
