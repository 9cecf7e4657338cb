/**
 * Memory of the PINs that the root token refused since it took one. HSMs lock or wipe themselves after a
 * few wrong PINs, and a supervisor that restarts the server would use them up: so the same PIN isn't tried
 * again until somebody changes it, and after a few refusals no other either until somebody removes the
 * file. What is kept are salted scrypt hashes, one a line.
 *
 * A PIN that isn't known to be right is remembered before it is tried, so that a server that is killed in
 * the middle has tried it. Of the one that is known to be right a single octet of its hash is kept: enough
 * to tell it from another most of the time, and of no use to who wants to find it.
 */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwn } from '../../db/private-files.js';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
const MORE = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const PROVEN_BYTES = 1;
const LINE = new RegExp(`^[0-9a-f]{${2 * (SALT_BYTES + HASH_BYTES)}}$`);
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** Refusals that the token is asked for at most since a PIN was right; HSMs allow 10, the strictest fewer. */
const MAX_REFUSED_PINS = 5;

export class RefusedPin {
  readonly #file: string;
  readonly #provenFile: string;
  readonly #consentFile: string;

  constructor(dataDir: string, tokenId: string) {
    this.#file = join(dataDir, `${tokenId}.refused-pin`);
    this.#provenFile = join(dataDir, `${tokenId}.proven-pin`);
    this.#consentFile = join(dataDir, `${tokenId}.try-pin-again`);
  }

  /** Where the memory is: removing the file allows one more attempt. */
  get file(): string {
    return this.#file;
  }

  /** Whether the token may be given this PIN: not the one that it refused last, and none after too many. */
  async standing(pin: Buffer): Promise<'untried' | 'refused' | 'too-many'> {
    const kept = await this.#kept();
    const last = kept.at(-1);
    if (last && isOf(pin, last)) return 'refused';
    return kept.length < MAX_REFUSED_PINS ? 'untried' : 'too-many';
  }

  async remember(pin: Buffer): Promise<void> {
    const salt = randomBytes(SALT_BYTES);
    const kept = Buffer.concat([salt, hashOf(pin, salt)]);
    await this.#use(MORE, async (handle) => {
      await handle.appendFile(`\n${kept.toString('hex')}\n`);
      await handle.sync();
    });
  }

  /** The PIN that was remembered last was not tried. */
  async withdraw(): Promise<void> {
    const kept = (await this.#kept()).slice(0, -1);
    if (kept.length === 0) return this.forget();
    const text = kept.map((one) => `\n${one.toString('hex')}\n`).join('');
    await this.#use(NEW, (handle) => handle.writeFile(text));
  }

  /** Whether the token took this PIN last, as far as an octet can tell. */
  async isProven(pin: Buffer): Promise<boolean> {
    const kept = Buffer.from((await this.#text(this.#provenFile)) ?? '', 'hex');
    if (kept.length !== SALT_BYTES + PROVEN_BYTES) return false;
    const salt = kept.subarray(0, SALT_BYTES);
    return hashOf(pin, salt).subarray(0, PROVEN_BYTES).equals(kept.subarray(SALT_BYTES));
  }

  /** The token took this PIN. */
  async prove(pin: Buffer): Promise<void> {
    const salt = randomBytes(SALT_BYTES);
    const kept = Buffer.concat([salt, hashOf(pin, salt).subarray(0, PROVEN_BYTES)]);
    const write = (handle: FileHandle) => handle.writeFile(kept.toString('hex'));
    await this.#use(NEW, write, this.#provenFile);
  }

  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  /** A file that the operator makes to have a PIN tried that counts as refused. */
  get consentFile(): string {
    return this.#consentFile;
  }

  /** Whether the operator has made it; it counts once. */
  async takeConsent(): Promise<boolean> {
    try {
      await rm(this.#consentFile);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  async #kept(): Promise<Buffer[]> {
    const lines = ((await this.#text(this.#file)) ?? '').split('\n');
    return lines.filter((line) => LINE.test(line)).map((line) => Buffer.from(line, 'hex'));
  }

  async #text(file: string): Promise<string | undefined> {
    try {
      return await this.#use(constants.O_RDONLY, (handle) => handle.readFile('utf8'), file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #use<T>(
    flags: number,
    use: (handle: FileHandle) => Promise<T>,
    file = this.#file,
  ): Promise<T> {
    const handle = await openOwn(file, flags);
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  }
}

function isOf(pin: Buffer, kept: Buffer): boolean {
  return timingSafeEqual(hashOf(pin, kept.subarray(0, SALT_BYTES)), kept.subarray(SALT_BYTES));
}

/** 32 octets that take about 0.1 s to find for each PIN that is guessed. */
export function hashOf(pin: Buffer, salt: Buffer): Buffer {
  return scryptSync(pin, salt, HASH_BYTES, SCRYPT);
}
