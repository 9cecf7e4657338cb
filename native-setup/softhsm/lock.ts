import { ExclusiveLock, LockedError } from '../../src/db/exclusive-lock.js';
import { TokenSetupRefusal } from './refusal.js';

/**
 * Runs `work` while no other process does so with the same lock file.
 * @param waitMilliseconds how long to wait for another process to end its work.
 * @throws {TokenSetupRefusal} when the other process still holds it after that.
 */
export async function withExclusiveLock<T>(
  lockFile: string,
  waitMilliseconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await ExclusiveLock.acquire(lockFile, waitMilliseconds).catch((error: unknown) => {
    throw error instanceof LockedError
      ? new TokenSetupRefusal(`another process is still setting up tokens (it holds ${lockFile}).`)
      : error;
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
