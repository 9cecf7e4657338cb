/** Has digests signed, in their order, as soon as the key can be used. */
import type { KeyObject } from 'node:crypto';
import type { Log } from '../../observe/log.js';
import { isMac, macOf } from './checkpoint.js';
import { type DigestSigner, sha256 } from './digest.js';
import type { DigestFiles } from './digest-files.js';
import type { ChainHead } from './recovery.js';

export interface SigningOptions {
  readonly files: DigestFiles;
  readonly key: KeyObject;
  readonly signer: DigestSigner;
  readonly heads: { put(head: ChainHead): Promise<void> };
  readonly now: () => number;
  readonly log: Log;
}

/** How long after a failure it isn't tried again. */
const AGAIN_AFTER_MS = 10_000;
/** Digests that a start looks at for those that aren't signed: about a month of hours. */
const LOOKED_AT = 1000;

export class Signing {
  readonly #options: SigningOptions;
  #unsigned: number[] = [];
  /** Files whose removal a digest says, by its number. */
  readonly #removals = new Map<number, readonly string[]>();
  #failedAt: number | undefined;
  #signedRemovals: string[] = [];

  constructor(options: SigningOptions) {
    this.#options = options;
  }

  /** Signs what an earlier run has left unsigned. */
  async begin(): Promise<void> {
    const { files } = this.#options;
    const unsigned: number[] = [];
    for (const sequence of (await files.list()).closed.slice(-LOOKED_AT).reverse()) {
      const digest = await files.read(sequence);
      const removed = digest?.statement?.removed;
      if (removed && !this.#removals.has(sequence)) this.#removals.set(sequence, removed);
      if (digest?.signature) {
        // A kill may have come between the signature and what it allows.
        this.#signedRemovals.push(...(removed ?? []));
        break;
      }
      unsigned.unshift(sequence);
    }
    this.#unsigned = unsigned;
    await this.sign();
  }

  add(sequence: number, removed: readonly string[] | undefined): void {
    if (removed) this.#removals.set(sequence, removed);
    if (!this.#unsigned.includes(sequence)) this.#unsigned.push(sequence);
  }

  /** Signs what isn't signed. Resolves also when the key can't be used now: then it is done later. */
  async sign(): Promise<void> {
    const { log, now } = this.#options;
    if (this.#unsigned.length === 0) return;
    if (this.#failedAt !== undefined && Math.abs(now() - this.#failedAt) < AGAIN_AFTER_MS) return;
    try {
      for (let next = this.#unsigned[0]; next !== undefined; next = this.#unsigned[0]) {
        await this.#signOne(next);
        this.#unsigned.shift();
        this.#signedRemovals.push(...(this.#removals.get(next) ?? []));
        this.#removals.delete(next);
      }
      this.#failedAt = undefined;
    } catch (err) {
      if (this.#failedAt === undefined) {
        log.error({ err, digests: this.#unsigned.length }, 'the audit trail cannot be signed now');
      }
      this.#failedAt = now();
    }
  }

  /** The files whose removal has been signed since it was last asked. */
  takeRemovals(): string[] {
    return this.#signedRemovals.splice(0);
  }

  async #signOne(sequence: number): Promise<void> {
    const { files, key, signer, heads, log } = this.#options;
    const digest = await files.read(sequence);
    if (!digest || !isMac(macOf(key, digest.text), digest.mac)) {
      // Not what this server wrote: it stays unsigned, which is seen by whoever verifies.
      log.error(
        { digest: sequence },
        'a digest of the audit trail was changed before it was signed',
      );
      this.#removals.delete(sequence);
      return;
    }
    if (!digest.signature) {
      await files.addSignature(sequence, await signer.sign(Buffer.from(digest.text)));
    }
    await heads.put({ sequence, sha256: sha256(digest.text) });
  }
}
