import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SOFTHSM_MODULE } from './softhsm-token.js';
import type { Strongroom } from './strongroom.js';

const run = promisify(execFile);

/** OpenSC's pkcs11-tool on one of the quick start's tokens: a second opinion on what is in it. */
export class Pkcs11Tool {
  readonly #dataDir: string;
  readonly #tokenId: string;

  constructor(strongroom: Strongroom, tokenId: string) {
    this.#dataDir = strongroom.dataDir;
    this.#tokenId = tokenId;
  }

  /** Runs it, logged in to the token. @returns its standard output. */
  async run(...args: string[]): Promise<string> {
    const pin = await readFile(join(this.#dataDir, `${this.#tokenId}.pin`), 'utf8');
    const chosen = ['--module', SOFTHSM_MODULE, '--token-label', this.#tokenId];
    const { stdout } = await run(
      'pkcs11-tool',
      [...chosen, '--login', '--pin', 'env:PIN', ...args],
      {
        env: {
          PATH: process.env.PATH,
          PIN: pin.trim(),
          SOFTHSM2_CONF: join(this.#dataDir, 'softhsm', 'softhsm2.conf'),
        },
      },
    );
    return stdout;
  }

  /** CKA_ID, in hex, of every secret key in the token, ascending; a running probe's is left out. */
  async keyIds(): Promise<string[]> {
    const listed = await this.run('--list-objects', '--type', 'secrkey');
    return listed
      .split(/^Secret Key Object/m)
      .filter((object) => !object.includes('strongroom:probe:'))
      .flatMap((object) => /^\s*ID:\s*([0-9a-f]+)$/m.exec(object)?.[1] ?? [])
      .sort();
  }

  async makeKey(label: string, id: string): Promise<void> {
    await this.run('--keygen', '--key-type', 'AES:32', '--label', label, '--id', id);
  }

  async deleteKey(id: string): Promise<void> {
    await this.run('--delete-object', '--type', 'secrkey', '--id', id);
  }
}
