/**
 * CiphertextBlob of a symmetric key.
 *
 *   offset  size  what
 *   0       1     format version, 1
 *   1       1     kind: 1 = software (key derived per message), 2 = token (AES-GCM under the key)
 *   2       1     form of the key id: 0 = UUID, 1 = mrk-
 *   3       16    key id
 *   19      32    key material id
 *   51      4     first octets of SHA-256 over octets 0–50
 *   55      16|12 kind 1: key-derivation nonce; kind 2: AES-GCM IV
 *   …       16    AES-GCM tag
 *   …       n     ciphertext, as long as the plaintext
 *
 * Octets 0–54 (the header) and the canonical encryption context are the AES-GCM additional data, so
 * none can be exchanged. The check octets protect nothing: they tell a damaged blob
 * (InvalidCiphertextException) from a whole one whose key isn't here (AccessDeniedException).
 */

import { hash } from 'node:crypto';
import { TAG_BYTES } from '../../../kernel/gcm.js';
import type { CipherParts, CiphertextKind } from '../../../keystores/contract/cipher-parts.js';
import { isMultiRegionKeyId } from '../keys/key-id.js';
import { refuse } from '../refusals.js';

const VERSION = 1;
const HEADER_BYTES = 55;
const CHECKED_BYTES = 51;

const KINDS = {
  software: { code: 1, nonceBytes: 16 },
  token: { code: 2, nonceBytes: 12 },
} as const satisfies Record<CiphertextKind, { code: number; nonceBytes: number }>;

/** Room that a blob needs beyond its plaintext, at most. */
export const MAX_OVERHEAD_BYTES = HEADER_BYTES + 16 + TAG_BYTES;

export interface CiphertextHeader {
  readonly kind: CiphertextKind;
  readonly keyId: string;
  readonly materialId: string;
}

export interface ParsedCiphertext extends CiphertextHeader, CipherParts {
  /** The header's octets as they stand in the blob. */
  readonly header: Buffer;
}

/** The header's 55 octets. */
export function encodeHeader(header: CiphertextHeader): Buffer {
  const out = Buffer.allocUnsafe(HEADER_BYTES);
  const multiRegion = isMultiRegionKeyId(header.keyId);
  out[0] = VERSION;
  out[1] = KINDS[header.kind].code;
  out[2] = multiRegion ? 1 : 0;
  out.write(multiRegion ? header.keyId.slice(4) : header.keyId.replaceAll('-', ''), 3, 16, 'hex');
  out.write(header.materialId, 19, 32, 'hex');
  checkOctets(out).copy(out, CHECKED_BYTES);
  return out;
}

export function encodeCiphertext(header: Buffer, parts: CipherParts): Buffer {
  return Buffer.concat([header, parts.nonce, parts.tag, parts.ciphertext]);
}

/** @throws ServiceError InvalidCiphertextException for whatever encodeCiphertext couldn't have made. */
export function parseCiphertext(blob: Buffer): ParsedCiphertext {
  if (blob.length < HEADER_BYTES || blob[0] !== VERSION) throw refuse.invalidCiphertext();
  const kind = kindOf(blob[1]);
  const header = blob.subarray(0, HEADER_BYTES);
  if (kind === undefined || !checkOctets(header).equals(header.subarray(CHECKED_BYTES))) {
    throw refuse.invalidCiphertext();
  }
  const tagAt = HEADER_BYTES + KINDS[kind].nonceBytes;
  const ciphertextAt = tagAt + TAG_BYTES;
  if (blob.length <= ciphertextAt) throw refuse.invalidCiphertext();
  return {
    kind,
    keyId: keyIdOf(header),
    materialId: header.toString('hex', 19, CHECKED_BYTES),
    header,
    nonce: blob.subarray(HEADER_BYTES, tagAt),
    tag: blob.subarray(tagAt, ciphertextAt),
    ciphertext: blob.subarray(ciphertextAt),
  };
}

/** Whose ciphertext it says it is; undefined where it is none. */
export function keyIdInCiphertext(blob: Buffer): string | undefined {
  const [version, , form] = blob;
  const readable = blob.length >= HEADER_BYTES && version === VERSION && (form ?? 2) < 2;
  return readable ? keyIdOf(blob) : undefined;
}

function kindOf(code: number | undefined): CiphertextKind | undefined {
  return (Object.keys(KINDS) as CiphertextKind[]).find((kind) => KINDS[kind].code === code);
}

function keyIdOf(header: Buffer): string {
  const hex = header.toString('hex', 3, 19);
  if (header[2] === 1) return `mrk-${hex}`;
  if (header[2] !== 0) throw refuse.invalidCiphertext();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

function checkOctets(header: Buffer): Buffer {
  return Buffer.from(hash('sha256', header.subarray(0, CHECKED_BYTES), 'hex').slice(0, 8), 'hex');
}
