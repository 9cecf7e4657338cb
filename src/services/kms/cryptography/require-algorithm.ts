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
    throw refuse.validation(
      `Message type ${messageType} is incompatible with key spec ${keySpec}.`,
    );
  }
  if (length !== 'any' && message.length !== length) {
    throw refuse.validation(`Digest is invalid length for algorithm ${algorithm}.`);
  }
}
