/**
 * Memory of a PIN that the root token refused. HSMs lock or wipe themselves after a few wrong PINs,
 * and a supervisor that restarts the server would use them up: so the same PIN isn't tried again
 * until somebody changes it. What is kept is a salted scrypt hash.
 */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwn } from '../../db/private-files.js';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

export class RefusedPin {
  readonly #file: string;

  constructor(dataDir: string, tokenId: string) {
    this.#file = join(dataDir, `${tokenId}.refused-pin`);
  }

  /** Where the memory is: removing the file allows one more attempt. */
  get file(): string {
    return this.#file;
  }

  async is(pin: Buffer): Promise<boolean> {
    let kept: Buffer;
    try {
      kept = Buffer.from(
        await this.#use(constants.O_RDONLY, (handle) => handle.readFile('utf8')),
        'hex',
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    if (kept.length !== SALT_BYTES + HASH_BYTES) return false;
    const hash = hashOf(pin, kept.subarray(0, SALT_BYTES));
    return timingSafeEqual(hash, kept.subarray(SALT_BYTES));
  }

  async remember(pin: Buffer): Promise<void> {
    const salt = randomBytes(SALT_BYTES);
    const kept = Buffer.concat([salt, hashOf(pin, salt)]);
    await this.#use(NEW, (handle) => handle.writeFile(kept.toString('hex')));
  }

  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  async #use<T>(flags: number, use: (handle: FileHandle) => Promise<T>): Promise<T> {
    const handle = await openOwn(this.#file, flags);
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  }
}

function hashOf(pin: Buffer, salt: Buffer): Buffer {
  return scryptSync(pin, salt, HASH_BYTES, SCRYPT);
}
