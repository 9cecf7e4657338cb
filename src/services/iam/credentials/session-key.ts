import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Sealer, sessionKeyLocation } from '../../../kernel/sealing.js';
import type { SessionKeyRepository } from './session-key-repository.js';

const KEY_BYTES = 32;
const START_TIMEOUT_MS = 60_000;

/** Opens the key that seals session tokens; makes it at the first start. */
export async function openSessionKey(
  repository: SessionKeyRepository,
  sealer: Sealer,
  now: () => number,
): Promise<KeyObject> {
  if ((await repository.find()) === undefined) {
    const made = randomBytes(KEY_BYTES);
    await repository.insertIfAbsent(
      await sealer.seal(made, sessionKeyLocation, now() + START_TIMEOUT_MS),
    );
    made.fill(0);
  }
  const sealed = await repository.find();
  if (!sealed) throw new Error('the session key was not stored');
  const bytes = await sealer.open(sealed, sessionKeyLocation, now() + START_TIMEOUT_MS);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}
