import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SOFTHSM_MODULE } from './softhsm-token.js';
import type { Strongroom } from './strongroom.js';

const run = promisify(execFile);

/** OpenSC's pkcs11-tool on one of the quick start's tokens: a second opinion on what is in it. */
export class Pkcs11Tool {
  readonly #dataDir: string;
  readonly #tokenId: string;

  constructor(strongroom: Pick<Strongroom, 'dataDir'>, tokenId: string) {
    this.#dataDir = strongroom.dataDir;
    this.#tokenId = tokenId;
  }

  /** Runs it, logged in to the token. @returns its standard output. */
  async run(...args: string[]): Promise<string> {
    const chosen = ['--module', SOFTHSM_MODULE, '--token-label', this.#tokenId];
    const { stdout } = await run(
      'pkcs11-tool',
      [...chosen, '--login', '--pin', 'env:PIN', ...args],
      { env: await this.#environment() },
    );
    return stdout;
  }

  async #environment() {
    const pin = await readFile(join(this.#dataDir, `${this.#tokenId}.pin`), 'utf8');
    const conf = join(this.#dataDir, 'softhsm', 'softhsm2.conf');
    return { PATH: process.env.PATH, PIN: pin.trim(), SOFTHSM2_CONF: conf };
  }

  /** A secret key with exactly these attributes, by their names; octets in hex. */
  async makeSecret(mechanism: string, template: Record<string, unknown>): Promise<void> {
    const args = [SOFTHSM_MODULE, this.#tokenId, mechanism, JSON.stringify(template)];
    const maker = resolve('test/support/make-object.mjs');
    await run(process.execPath, [maker, ...args], { env: await this.#environment() });
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

  /** SubjectPublicKeyInfo in DER of a public object. */
  publicKey(id: string): Promise<Buffer> {
    return this.#withFile(async (file) => {
      await this.run('--read-object', '--type', 'pubkey', '--id', id, '--output-file', file);
      return readFile(file);
    });
  }

  /** A public object of this SubjectPublicKeyInfo. */
  writePublicKey(spki: Buffer, id: string): Promise<void> {
    return this.#withFile(async (file) => {
      await writeFile(file, spki);
      await this.run('--write-object', file, '--type', 'pubkey', '--id', id, '--usage-sign');
    });
  }

  async #withFile<Result>(work: (file: string) => Promise<Result>): Promise<Result> {
    const dir = await mkdtemp(join(tmpdir(), 'strongroom-pkcs11-tool-'));
    try {
      return await work(join(dir, 'object'));
    } finally {
      await rm(dir, { recursive: true });
    }
  }

  async deleteKey(id: string): Promise<void> {
    await this.run('--delete-object', '--type', 'secrkey', '--id', id);
  }
}
