import type { HashName } from '../../crypto/algorithms.js';
import { packBody, unpackBody } from '../protocol/frames.js';
import type { OPERATIONS, OperationName } from '../protocol/protocol.js';
import type { TokenScheme } from '../protocol/token-scheme.js';
import { decryptAesGcm, encryptAesGcm } from './aes-gcm.js';
import type { OperationContext } from './context.js';

import type { Handle } from './pkcs11.js';
import { decryptOaep, derive, mac, sign } from './private-key-operations.js';

type WorkerOperationName = {
  [Name in OperationName]: (typeof OPERATIONS)[Name]['runs'] extends 'worker' ? Name : never;
}[OperationName];

/** Runs on a session. `key` is undefined for an operation that needs none. */
export type Operation = (
  context: OperationContext,
  key: Handle | undefined,
  args: Uint8Array,
) => Uint8Array;

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
