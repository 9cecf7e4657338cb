/**
 * The root token: its AES-256 root key seals every secret of the database, and its generator makes
 * the material of software keys.
 */

import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { deadlinePassed, throttled } from '../../kernel/common-errors.js';
import {
  encodeSealed,
  locationAad,
  parseSealed,
  SealError,
  type SealedLocation,
  type Sealer,
} from '../../kernel/sealing.js';
import type { Deadline } from '../../kernel/time.js';
import type { TokenClient } from '../../token-host/client/client.js';
import { AES_256 } from '../../token-host/protocol/key-order.js';
import type { TokenInfo } from '../../token-host/protocol/protocol.js';
import type {
  ArgumentsOf,
  CallName,
  KeyOf,
  ResultOf,
} from '../../token-host/protocol/token-calls.js';
import { type TokenOutcome, tokenOutcome } from '../../token-host/protocol/token-outcome.js';
import { StoreError } from '../contract/store-error.js';
import type { RootKeyBinding, RootKeyRepository } from './root-key-repository.js';
import { RootTokenTrial } from './root-token-trial.js';

const CHECK_LOCATION: SealedLocation = { table: 'root_key', row: '1', column: 'sealed_check' };
/** What is sealed there begins with it; the key that seals rows follows. */
const CHECK = Buffer.from('strongroom root key');
const ROW_KEY_BYTES = 32;
/** Labels of root keys begin with it. */
const LABEL = 'strongroom:root:';
/** A token that isn't read to its end by then is taken for one that can't be. */
const LISTING_TIMEOUT_MS = 300_000;
/** Start-up's own calls have no caller who waits; this only bounds them. */
const START_TIMEOUT_MS = 60_000;

/** @param allowedMs how long the token had for its answer */
type Failure = (cause: unknown, allowedMs: number) => Error;

const failure = (kind: 'root-token' | 'root-token-failed'): Failure => {
  return (cause) => new StoreError(kind, undefined, { cause });
};

const FAILURES: Readonly<Record<TokenOutcome, Failure>> = {
  caller: () => new SealError('sealed value was not sealed by this root key for this place'),
  late: (cause) => deadlinePassed({ cause }),
  'timed-out': (cause, allowedMs) => {
    const message = `The root token did not answer within ${Math.max(1, allowedMs)} ms.`;
    return new StoreError('root-token-timeout', message, { cause });
  },
  busy: () => throttled(),
  unreachable: failure('root-token'),
  // The root key's own object: nothing that a caller could name.
  missing: failure('root-token-failed'),
  failed: failure('root-token-failed'),
};

/** The token isn't the one that seals this database; the start must stop and change nothing. */
export class WrongRootTokenError extends Error {
  override readonly name = 'WrongRootTokenError';
}

export interface RootTokenOptions {
  readonly client: TokenClient;
  readonly info: TokenInfo;
  readonly bindings: RootKeyRepository;
  /** Counts what the root key seals. @throws StoreError worn-out */
  readonly invocations: { note(ckaId: string): void };
  readonly now: () => number;
  /** A new database may make its root key beside that of another one. */
  readonly mayShareToken?: boolean;
}

export class RootToken implements Sealer {
  readonly #options: RootTokenOptions;
  readonly #trial: RootTokenTrial;
  #ckaId: string | undefined;
  #rowKey: KeyObject | undefined;

  constructor(options: RootTokenOptions) {
    this.#options = options;
    this.#trial = new RootTokenTrial(options.client, options.info);
  }

  /**
   * Reads the database's binding and proves that this token holds its root key, and can work with it.
   * Changes nothing.
   * @throws WrongRootTokenError, UnfitRootTokenError
   */
  async verify(): Promise<void> {
    const binding = await this.#options.bindings.find();
    if (binding?.status !== 'live') return;
    const deadline = this.#startDeadline();
    const { ckaId } = binding;
    if (!(await this.#holds(ckaId, deadline))) throw this.#wrongToken(binding);
    await this.#trial.ofRootKey(ckaId, deadline);
    this.#ckaId = ckaId;
    if (!(await this.#trial.does('decrypt', () => this.#opensCheck(binding)))) {
      throw this.#wrongToken(binding);
    }
  }

  /**
   * The key under which rows are sealed. It lies in what proves the root key, so that a database whose
   * rows are sealed can't be made to look like one whose rows are not sealed yet.
   * @param sealAll seals every row of a database that is older than seals, in one transaction with the
   * key that it makes
   */
  async rowKey(
    sealAll: (transaction: Knex.Transaction, key: KeyObject) => Promise<void>,
  ): Promise<KeyObject> {
    if (this.#rowKey) return this.#rowKey;
    await this.#options.bindings.change(async (transaction, binding) => {
      // Another server may have been first.
      if (!(await this.#opensCheck(binding))) throw this.#wrongToken(binding);
      if (this.#rowKey) return undefined;
      const check = await this.#makeCheck();
      await sealAll(transaction, check.rowKey);
      this.#rowKey = check.rowKey;
      return check.sealed;
    });
    if (!this.#rowKey) throw new Error('the database has no root key yet');
    return this.#rowKey;
  }

  /**
   * Makes the root key of a new database, after its migration, in a token that was tried. Killed at any
   * moment, the next start goes on with the same CKA_ID: there is never a second root key.
   * @throws UnfitRootTokenError, WrongRootTokenError when it has another database's root key and wasn't said
   * to share it; the token then holds nothing that it didn't hold before
   */
  async ensureRootKey(): Promise<void> {
    if (this.#ckaId) return;
    const { client, info, bindings } = this.#options;
    let ckaId = (await bindings.find())?.ckaId;
    if (!ckaId) {
      await this.#refuseSharing();
      ckaId = randomBytes(16).toString('hex');
      await bindings.intend(ckaId, info);
    }
    const deadline = this.#startDeadline();
    await this.#trial.ofNewKey(ckaId, deadline);
    if (!(await this.#holds(ckaId, deadline))) {
      const args = { label: `${LABEL}${ckaId}`, order: AES_256 };
      const made = client.call('generateKey', ckaId, args, deadline);
      await this.#trial.does('generateKey', () => made);
    }
    this.#ckaId = ckaId;
    const check = await this.#trial.does('encrypt', () => this.#makeCheck());
    await bindings.confirm(check.sealed, info);
    this.#rowKey = check.rowKey;
  }

  /** A new database beside another's root key is most often one that was lost, or wrongly named. */
  async #refuseSharing(): Promise<void> {
    const { client, info, mayShareToken = false } = this.#options;
    if (mayShareToken) return;
    const late = pause(LISTING_TIMEOUT_MS, 'late', { ref: false });
    if ((await Promise.race([client.listed(), late])) === 'late') {
      throw new WrongRootTokenError(
        `the root token ${info.label} (serial ${info.serial}) could not be read to its end, so whether it has the root key of another database is not known`,
      );
    }
    const others = [...client.objects().values()].filter(({ label }) => label.startsWith(LABEL));
    if (others.length === 0) return;
    throw new WrongRootTokenError(
      `the database is new, but the root token ${info.label} (serial ${info.serial}) has the root key of another one: ` +
        'see that databaseUrl is right, or restore the database; with --new-database another root key is made beside it',
    );
  }

  async #holds(ckaId: string, deadline: Deadline): Promise<boolean> {
    const { client } = this.#options;
    const found = await this.#trial.does('findObject', () =>
      client.call('findObject', ckaId, undefined, deadline),
    );
    return found !== undefined;
  }

  async #makeCheck(): Promise<{ readonly sealed: Buffer; readonly rowKey: KeyObject }> {
    const bytes = randomBytes(ROW_KEY_BYTES);
    const check = Buffer.concat([CHECK, bytes]);
    try {
      const sealed = await this.seal(check, CHECK_LOCATION, this.#startDeadline());
      return { sealed, rowKey: createSecretKey(bytes) };
    } finally {
      bytes.fill(0);
      check.fill(0);
    }
  }

  async seal(secret: Buffer, location: SealedLocation, deadline: Deadline): Promise<Buffer> {
    const aad = locationAad(location);
    this.#options.invocations.note(this.#rootKey);
    return encodeSealed(
      await this.#ask('encrypt', this.#rootKey, { plaintext: secret, aad }, deadline),
    );
  }

  async open(sealed: Buffer, location: SealedLocation, deadline: Deadline): Promise<Buffer> {
    const aad = locationAad(location);
    const parts = parseSealed(sealed);
    return this.#ask('decrypt', this.#rootKey, { ...parts, aad }, deadline);
  }

  /** 1–1,024 octets from the token's generator. */
  random(length: number, deadline: Deadline): Promise<Buffer> {
    return this.#ask('random', undefined, { length }, deadline);
  }

  /** Whether software keys can be made and opened now. */
  get usable(): boolean {
    return this.#options.client.state === 'ready' && this.#ckaId !== undefined;
  }

  get #rootKey(): string {
    if (!this.#ckaId) throw new Error('the root key is not ready');
    return this.#ckaId;
  }

  /** Learns the key that seals rows, where there is one already. */
  async #opensCheck(binding: RootKeyBinding): Promise<boolean> {
    if (!binding.sealedCheck) return false;
    try {
      const check = await this.open(binding.sealedCheck, CHECK_LOCATION, this.#startDeadline());
      if (!CHECK.equals(check.subarray(0, CHECK.length))) return false;
      const bytes = check.subarray(CHECK.length);
      if (bytes.length === ROW_KEY_BYTES) this.#rowKey = createSecretKey(bytes);
      check.fill(0);
      return bytes.length === 0 || bytes.length === ROW_KEY_BYTES;
    } catch (error) {
      if (error instanceof SealError) return false;
      throw error;
    }
  }

  #wrongToken(binding: RootKeyBinding): WrongRootTokenError {
    const { label, serial } = this.#options.info;
    return new WrongRootTokenError(
      `the root token ${label} (serial ${serial}) does not hold the root key of this database, ` +
        `which is sealed by token ${binding.tokenLabel} (serial ${binding.tokenSerial})`,
    );
  }

  #startDeadline(): Deadline {
    return this.#options.now() + START_TIMEOUT_MS;
  }

  /** Asks the token; its failures are nothing of the caller's. */
  async #ask<Name extends CallName>(
    name: Name,
    ckaId: KeyOf<Name>,
    args: ArgumentsOf<Name>,
    deadline: Deadline,
  ): Promise<ResultOf<Name>> {
    const asked = this.#options.now();
    try {
      return await this.#options.client.call(name, ckaId, args, deadline);
    } catch (cause) {
      const outcome = tokenOutcome(cause);
      throw outcome ? FAILURES[outcome](cause, deadline - asked) : cause;
    }
  }
}
