import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withExclusiveLock } from '../../../native-setup/softhsm/lock.js';
import { TokenSetupRefusal } from '../../../native-setup/softhsm/refusal.js';
import { freshDataDir } from '../data-directory.js';

function lockFile(): string {
  const directory = freshDataDir();
  mkdirSync(directory);
  return path.join(directory, 'lock');
}

describe('withExclusiveLock', () => {
  it('refuses a second holder when its wait is over', async () => {
    const file = lockFile();
    await withExclusiveLock(file, 0, async () => {
      await expect(withExclusiveLock(file, 1, async () => undefined)).rejects.toBeInstanceOf(
        TokenSetupRefusal,
      );
    });
  });

  it('lets the next in, whatever became of the work', async () => {
    const file = lockFile();
    const failed = withExclusiveLock(file, 0, () => Promise.reject(new Error('the work failed')));
    await expect(failed).rejects.toThrow('the work failed');
    await expect(withExclusiveLock(file, 0, async () => 'in')).resolves.toBe('in');
  });
});
