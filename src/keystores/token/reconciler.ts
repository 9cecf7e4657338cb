/**
 * Settles what crashes and failures left in one token: objects that were intended and never became
 * a key's are destroyed. An object without a row of ours is never touched, nor is a key's row ever
 * changed because the token lacks its object: the key then reports Unavailable.
 */
import { backOff } from '../../kernel/back-off.js';
import type { Log } from '../../observe/log.js';
import type { Token } from '../../token-host/client/token.js';
import { isAdopted } from '../contract/material.js';
import { ckaIdOfName } from './adopted-objects.js';
import type { TokenObjectRepository } from './token-object-repository.js';

/** Labels of the objects that Strongroom makes. */
const OUR_LABEL = /^kms:/;
/** Time for one object's destruction. */
const DESTROY_TIMEOUT_MS = 60_000;
/**
 * Time from one round to the next that nobody asked for: it tries again what could not be settled, and
 * finds what was doomed by who couldn't wake this one: another server, or a job of this one while the
 * connection was not yet known as made.
 */
const AGAIN_MS = 30_000;
/** From a round that failed to the next, whoever asks meanwhile; doubles up to the last. */
const AFTER_FAILURE = { firstMs: 500, maxMs: AGAIN_MS };

export interface ReconcilerOptions {
  readonly tokenId: string;
  readonly client: Token;
  readonly objects: TokenObjectRepository;
  readonly log: Log;
  readonly now: () => number;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Rounds that failed since one did not. */
  #failures = 0;
  /** Adopted objects that the log has told of. */
  readonly #twins = new Set<string>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Runs a round soon; calls made meanwhile make one more round. Never throws. */
  wake(): void {
    if (this.#stopped) return;
    // A token that fails is asked again by the timer, not by everybody who has something to destroy.
    if (this.#failures > 0 && this.#timer) return;
    this.#begin();
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#running = this.#round().finally(() => {
      this.#running = undefined;
      if (this.#again && this.#failures === 0) this.wake();
      else this.#wakeLater();
    });
  }

  /** The token can be reached again: what waited for that is done now. */
  tokenIsBack(): void {
    this.#failures = 0;
    this.wake();
  }

  /** Resolves after a round that began after this call. Never rejects. */
  async reconcile(): Promise<void> {
    if (!this.#stopped) this.#begin();
    while (this.#running) await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Says in the log what of ours the token holds and the database doesn't know. Destroys nothing. */
  async reportUnknown(): Promise<void> {
    const { tokenId, client, log } = this.#options;
    const known = await this.#knownCkaIds();
    const unknown = [...client.objects()].filter(
      ([ckaId, object]) => OUR_LABEL.test(object.label) && !known.has(ckaId),
    );
    if (unknown.length > 0) {
      log.warn(
        { tokenId, count: unknown.length, ckaIds: unknown.slice(0, 10).map(([ckaId]) => ckaId) },
        'the token holds keys that this database does not know; they were left alone',
      );
    }
  }

  /** Says in the log which keys of the database the token holds more than once. */
  async reportDuplicates(): Promise<void> {
    const { tokenId, client, log } = this.#options;
    const known = await this.#knownCkaIds();
    const twice = client.duplicates.filter((ckaId) => known.has(ckaId));
    if (twice.length === 0) return;
    log.error(
      { tokenId, count: twice.length, ckaIds: twice.slice(0, 10) },
      'the token holds more than one object with the CKA_ID of a key, which is Unavailable until all but the right one are gone',
    );
  }

  async #round(): Promise<void> {
    const { tokenId, objects, log } = this.#options;
    try {
      for (const ckaId of await objects.abandoned(tokenId)) {
        if (this.#stopped) return;
        await this.#destroy(ckaId);
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      log.error(
        { err: error, tokenId, failures: this.#failures },
        'token objects that are not needed could not be destroyed; will retry',
      );
    }
  }

  async #knownCkaIds(): Promise<Set<string>> {
    const { tokenId, objects } = this.#options;
    return new Set([...(await objects.known(tokenId))].map(ckaIdOfName));
  }

  async #destroy(name: string): Promise<void> {
    const { tokenId, client, objects, log, now } = this.#options;
    const ckaId = ckaIdOfName(name);
    if (isAdopted({ ckaId: name })) {
      // Others make keys in this token, and give CKA_IDs: of two, one isn't ours to destroy.
      const deadline = now() + DESTROY_TIMEOUT_MS;
      const { keys } = await client.call('reportKeys', undefined, { ckaId }, deadline);
      if (keys.length > 1) {
        this.#tellTwin(name, ckaId);
        return;
      }
    }
    const existed = await client.call(
      'destroyObject',
      ckaId,
      undefined,
      now() + DESTROY_TIMEOUT_MS,
    );
    await objects.forget(name);
    log.info({ tokenId, ckaId, existed }, 'destroyed an object that no key has any more');
  }

  #tellTwin(name: string, ckaId: string): void {
    if (this.#twins.has(name)) return;
    this.#twins.add(name);
    const { tokenId, log } = this.#options;
    log.error({ tokenId, ckaId }, 'a key that was adopted has a twin; neither is destroyed');
  }

  #wakeLater(): void {
    if (this.#stopped) return;
    const wait = this.#failures === 0 ? AGAIN_MS : backOff(AFTER_FAILURE, this.#failures - 1);
    this.#timer = setTimeout(() => this.#begin(), wait);
    this.#timer.unref();
  }
}
