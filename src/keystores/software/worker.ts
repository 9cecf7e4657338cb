/** The worker threads of the pool: one task, one function. */

import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { KeySpec } from '../../crypto/algorithms.js';
import { type KeyPairOctets, makeKeyPair } from '../../crypto/key-pairs.js';
import {
  type DecapsulationTask,
  decapsulate,
  type EncapsulationTask,
  encapsulate,
} from '../../crypto/ml-kem.js';
import { type OaepTask, openOaep } from '../../crypto/oaep.js';
import { openPrivateKey } from '../../crypto/open-keys.js';
import {
  checkSignature,
  makeSignature,
  type SignTask,
  type VerifyTask,
} from '../../crypto/signatures.js';

export type CryptoTask =
  | { readonly kind: 'key-pair'; readonly keySpec: KeySpec; readonly seed: Buffer }
  | { readonly kind: 'open'; readonly keySpec: KeySpec; readonly stored: Buffer }
  | { readonly kind: 'encapsulate'; readonly task: EncapsulationTask }
  | { readonly kind: 'decapsulate'; readonly task: DecapsulationTask }
  | { readonly kind: 'oaep'; readonly task: OaepTask }
  | { readonly kind: 'sign'; readonly task: SignTask }
  | { readonly kind: 'verify'; readonly task: VerifyTask };

/** Octets cross the thread border as Uint8Array; each task gets Buffers over them again. */
export function runTask(task: CryptoTask): unknown {
  switch (task.kind) {
    case 'key-pair':
      return handedOver(makeKeyPair(task.keySpec, octets(task.seed)));
    case 'open':
      return openPrivateKey(task.keySpec, octets(task.stored));
    case 'encapsulate':
      return encapsulate(task.task);
    case 'decapsulate':
      return decapsulate({ ...task.task, ciphertext: octets(task.task.ciphertext) });
    case 'oaep':
      return openOaep({ ...task.task, ciphertext: octets(task.task.ciphertext) });
    case 'sign':
      return makeSignature({ ...task.task, message: octets(task.task.message) });
    case 'verify': {
      const { message, signature } = task.task;
      return checkSignature({
        ...task.task,
        message: octets(message),
        signature: octets(signature),
      });
    }
  }
}

/** The pair's own memory goes to the server: no copy of a private key stays behind unzeroed. */
function handedOver(pair: KeyPairOctets) {
  const own = [pair.privateKey, pair.publicKey].filter(
    ({ buffer, byteLength }) => buffer.byteLength === byteLength,
  );
  return move({ [valueSymbol]: pair, [transferableSymbol]: own.map(({ buffer }) => buffer) });
}

function octets(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
