/** What a key's spec and usage refuse. */
import {
  type Algorithm,
  algorithmsOf,
  type Keyed,
  type KeySpec,
  type MessageType,
  type SigningAlgorithm,
  signingRow,
} from '../../../crypto/algorithms.js';
import { refuse } from '../refusals.js';

/** @throws ServiceError InvalidKeyUsageException when the key doesn't have the algorithm. */
export function requireAlgorithm(key: Keyed, algorithm: Algorithm): void {
  if (!algorithmsOf(key).includes(algorithm)) throw refuse.algorithm(algorithm, key.keySpec);
}

/** @throws ServiceError ValidationException when the message type or its length doesn't suit. */
export function checkMessage(
  keySpec: KeySpec,
  algorithm: SigningAlgorithm,
  messageType: MessageType,
  message: Buffer,
): void {
  const length = signingRow(algorithm).messages[messageType];
  if (length === undefined) {
    // Where the spec would take the type under another algorithm, AWS names the algorithm.
    const elsewhere = algorithmsOf({ keySpec, keyUsage: 'SIGN_VERIFY' }).some(
      (other) => signingRow(other as SigningAlgorithm).messages[messageType] !== undefined,
    );
    throw refuse.validation(
      `Message type ${messageType} is incompatible with ${elsewhere ? `algorithm ${algorithm}` : `key spec ${keySpec}`}.`,
    );
  }
  if (length !== 'any' && message.length !== length) {
    const what = messageType === 'EXTERNAL_MU' ? 'External Mu' : 'Digest';
    throw refuse.validation(`${what} is invalid length for algorithm ${algorithm}.`);
  }
}
