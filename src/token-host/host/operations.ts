import { randomBytes } from 'node:crypto';
import type { HashName } from '../../crypto/algorithms.js';
import { TAG_BYTES } from '../../kernel/gcm.js';
import { packBody, unpackBody } from '../protocol/frames.js';
import type { OPERATIONS, OperationName } from '../protocol/protocol.js';
import { TokenError } from '../protocol/token-error.js';
import type { TokenProfile } from '../vendors/vendor.js';
import type { TokenScheme } from './mechanisms.js';
import { aesGcm, type Handle, type Library } from './pkcs11.js';
import { decryptOaep, derive, mac, sign } from './private-key-operations.js';

/** AES-GCM tags are 128 bits. */

/** What an operation works with: one open session and the vendor's peculiarities. */
export interface OperationContext {
  readonly library: Library;
  readonly session: Handle;
  readonly vendor: TokenProfile;
}

type WorkerOperationName = {
  [Name in OperationName]: (typeof OPERATIONS)[Name]['runs'] extends 'worker' ? Name : never;
}[OperationName];

/** Runs on a session. `key` is undefined for an operation that needs none. */
export type Operation = (
  context: OperationContext,
  key: Handle | undefined,
  args: Uint8Array,
) => Uint8Array;

/** IV, ciphertext and tag of one AES-GCM encryption. */
export interface Sealed {
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** AES-GCM encryption, with the IV made by whom the vendor's profile says. */
export function encryptAesGcm(
  { library, session, vendor }: OperationContext,
  key: Handle,
  plaintext: Buffer,
  aad: Buffer,
): Sealed {
  const iv =
    vendor.aesGcmIv === 'host'
      ? randomBytes(vendor.aesGcmIvBytes)
      : Buffer.alloc(vendor.aesGcmIvBytes);
  const output = Buffer.allocUnsafe(plaintext.length + TAG_BYTES + vendor.aesGcmIvBytes);
  library.C_EncryptInit(session, aesGcm(iv, aad), key);
  const sealed = library.C_Encrypt(session, plaintext, output);
  const end = plaintext.length + TAG_BYTES;
  if (vendor.aesGcmIv === 'appended') {
    iv.set(sealed.subarray(end, end + vendor.aesGcmIvBytes));
  }
  // A zero IV means that the HSM did not write its own back, and would repeat for every message.
  if (vendor.aesGcmIv !== 'host' && iv.every((byte) => byte === 0)) {
    throw TokenError.of('CKR_MECHANISM_PARAM_INVALID');
  }
  return {
    iv,
    ciphertext: sealed.subarray(0, plaintext.length),
    tag: sealed.subarray(plaintext.length, end),
  };
}

/** AES-GCM decryption. The plaintext is a view of a buffer of its own. */
export function decryptAesGcm(
  { library, session }: OperationContext,
  key: Handle,
  sealed: Sealed,
  aad: Buffer,
): Buffer {
  library.C_DecryptInit(session, aesGcm(sealed.iv, aad), key);
  const input = Buffer.concat([sealed.ciphertext, sealed.tag]);
  // A buffer shorter than the ciphertext gives BUFFER_TOO_SMALL and leaves the operation active.
  return library.C_Decrypt(session, input, Buffer.alloc(input.length));
}

function needKey(key: Handle | undefined): Handle {
  if (key === undefined) throw new TypeError('The operation needs a key');
  return key;
}

/** The operations of a session worker. A new mechanism is a row here and one in `OPERATIONS`. */
export const WORKER_OPERATIONS: Readonly<Record<WorkerOperationName, Operation>> = {
  encrypt(context, key, args) {
    const [plaintext, aad] = unpackBody(args) as [Buffer, Buffer];
    try {
      const { iv, ciphertext, tag } = encryptAesGcm(context, needKey(key), plaintext, aad);
      return packBody([iv, ciphertext, tag]);
    } finally {
      plaintext.fill(0);
    }
  },

  decrypt(context, key, args) {
    const [iv, ciphertext, tag, aad] = unpackBody(args) as [Buffer, Buffer, Buffer, Buffer];
    return packedSecret(decryptAesGcm(context, needKey(key), { iv, ciphertext, tag }, aad));
  },

  random({ library, session }, _key, args) {
    const length = unpackBody(args) as number;
    return packBody(library.C_GenerateRandom(session, Buffer.alloc(length)));
  },

  sign(context, key, args) {
    const [scheme, hash, input] = unpackBody(args) as [TokenScheme, HashName | null, Buffer];
    return packBody(sign(context, needKey(key), scheme, hash ?? undefined, input));
  },

  mac(context, key, args) {
    const [hash, message] = unpackBody(args) as [HashName, Buffer];
    return packBody(mac(context, needKey(key), hash, message));
  },

  derive(context, key, args) {
    const [point, bytes] = unpackBody(args) as [Buffer, number];
    return packedSecret(derive(context, needKey(key), point, bytes));
  },

  decryptOaep(context, key, args) {
    const [hash, ciphertext] = unpackBody(args) as [HashName, Buffer];
    return packedSecret(decryptOaep(context, needKey(key), hash, ciphertext));
  },
};

function packedSecret(secret: Buffer): Uint8Array {
  try {
    return packBody(secret);
  } finally {
    secret.fill(0);
  }
}

/** The function of an operation. Throws TypeError for one that does not run on a session. */
export function workerOperation(name: OperationName): Operation {
  const table: Partial<Record<OperationName, Operation>> = WORKER_OPERATIONS;
  const operation = table[name];
  if (operation === undefined) throw new TypeError(`${name} does not run on a session`);
  return operation;
}
