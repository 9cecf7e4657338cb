/**
 * Which passwords the tokens behind custom key stores may be given. An HSM locks or wipes itself after a
 * few wrong PINs, and its counter belongs to everybody who has keys there: so a password is tried once
 * each time that somebody sets it, by one of all servers of the database, and after a few refusals none
 * is tried any more. They are counted by token, not by store: a new store has no more of them.
 *
 * A password of which nobody knows that it is right is reserved before it is tried. Who finds it
 * reserved waits for what comes of it. What becomes of a try whose server says no more is not known, and
 * what is not known counts as refused.
 */
import { createHash } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Knex } from 'knex';
import { becomeWriter, type Database, lockTable } from '../../../db/database.js';
import type { Owner } from '../../../db/node-identity.js';
import type { WallClock } from '../../../kernel/time.js';
import { PinTry } from './pin-try.js';

interface RefusedRow {
  token_id: string;
  password_digest: string;
  refused_at: number | string;
}

interface TryRow {
  token_id: string;
  password_digest: string;
  /** `good`: the token took it, so that every server may log in with it. */
  state: 'trying' | 'good';
  node_id: string;
  incarnation: string;
  beats: number;
}

/** Refusals that a token is asked for at most since a PIN was right; HSMs allow 10, the strictest fewer. */
export const MAX_REFUSED_PINS = 5;

const MAX_READ = 100;

/** Between two looks at a password that another server tries. */
const LOOK_MS = 250;

/** How often a server says that it still tries a password, while the others wait for the silence. */
const BEATS = 10;

const SILENCE_MS = 20_000;

export interface PinTriesOptions {
  readonly database: Database;
  readonly wallClock: WallClock;
  readonly owner: Owner;
  /** After so long a silence, in milliseconds, a try is taken for lost. Default 20,000. */
  readonly silenceMs?: number;
}

/** What a token may be asked: a password that is known to be right, or one that is tried now. */
export type Leave = 'good' | 'refused' | 'too-many' | 'cancelled' | PinTry;

/** A PIN as the database knows it again. */
export interface PinMark {
  readonly digest: string;
  /**
   * The part of the digest's beginning that is kept of a PIN that is, or may be, right: less than would
   * find it, where the digest is of the PIN itself.
   */
  readonly hint: string;
  /** Known to be right by other means, and so nobody's to wait for, unless the token has refused it since. */
  readonly isProven?: boolean;
}

/** A PIN that is told by its mark, or a sealed password: another each time that it is set, the same one even. */
export type Presented = Buffer | PinMark;

export class PinTries {
  readonly #options: PinTriesOptions;

  constructor(options: PinTriesOptions) {
    this.#options = options;
  }

  /**
   * Whether the token may be given this password: not one that it refused, and none after too many.
   * Waits while any is being tried. A `PinTry` is the caller's to settle.
   * @param isCancelled asked between two looks
   */
  async leave(tokenId: string, password: Presented, isCancelled: () => boolean): Promise<Leave> {
    const mark = markOf(password);
    if (mark.isProven) {
      const refused = await this.#lastRefusals(this.#options.database, tokenId);
      return refused.some((row) => row.password_digest === mark.digest) ? 'refused' : 'good';
    }
    let seen: { readonly sign: string; readonly since: number } | undefined;
    while (!isCancelled()) {
      const now = performance.now();
      const row = await this.#tries(this.#options.database, tokenId).first();
      const sign = row?.state === 'trying' ? signOf(row) : undefined;
      if (sign !== seen?.sign) seen = sign === undefined ? undefined : { sign, since: now };
      const silentMs = seen ? now - seen.since : 0;
      const isLost = row !== undefined && (this.#isAbandoned(row) || silentMs > this.#silenceMs);
      if (sign === undefined || isLost) {
        const leave = await this.#decide(tokenId, mark, sign);
        if (leave !== undefined) return leave;
      } else {
        await after(LOOK_MS);
      }
    }
    return 'cancelled';
  }

  /** The token refused a password in a later login, or may have. */
  async refused(
    tokenId: string,
    password: Presented,
    outcome: 'refused' | 'unknown' = 'refused',
  ): Promise<void> {
    const mark = markOf(password);
    await this.#alone(async (transaction) => {
      const row = await this.#tries(transaction, tokenId).first();
      if (row && isOf(mark, row)) await this.#tries(transaction, tokenId).delete();
      await this.#refuse(transaction, tokenId, keptOf(mark, outcome));
    });
  }

  /** The token has taken a PIN, whatever was thought of it. */
  async proved(tokenId: string, password: Presented): Promise<void> {
    const mark = markOf(password);
    await this.#alone(async (transaction) => {
      await this.#refusals(transaction, tokenId).delete();
      const row = await this.#tries(transaction, tokenId).first();
      // What another one tries is still to be settled.
      if (row?.state === 'trying' || (row && isOf(mark, row))) return;
      await this.#tries(transaction, tokenId).delete();
      await this.#insert(transaction, tokenId, mark, 'good');
    });
  }

  /** What the token has refused, or may have, may be tried again. */
  async forget(tokenId: string): Promise<void> {
    await this.#alone(async (transaction) => {
      await this.#refusals(transaction, tokenId).delete();
      const row = await this.#tries(transaction, tokenId).first();
      if (row && this.#isAbandoned(row)) await this.#tries(transaction, tokenId).delete();
    });
  }

  /**
   * Decides alone of all servers. Undefined: another one was quicker.
   * @param lost the sign of the try that is taken for lost
   */
  #decide(tokenId: string, mark: PinMark, lost: string | undefined): Promise<Leave | undefined> {
    return this.#alone(async (transaction) => {
      const row = await this.#tries(transaction, tokenId).first();
      if (row?.state === 'trying') {
        if (signOf(row) !== lost) return undefined;
        await this.#refuse(transaction, tokenId, row.password_digest);
        await this.#tries(transaction, tokenId).delete();
      }
      const refused = await this.#lastRefusals(transaction, tokenId);
      const isGood = row?.state === 'good' && isOf(mark, row);
      // Of a PIN that is right a hint that another one has left says nothing.
      const matches = refused.filter((one) => isOf(mark, one));
      const isRefused = isGood
        ? matches.some((one) => one.password_digest === mark.digest)
        : matches.length > 0;
      if (isRefused) return 'refused';
      if (isGood) return 'good';
      if (refused.length >= MAX_REFUSED_PINS) return 'too-many';
      return this.#reserve(transaction, tokenId, mark);
    });
  }

  async #reserve(transaction: Knex.Transaction, tokenId: string, mark: PinMark): Promise<PinTry> {
    await this.#tries(transaction, tokenId).delete();
    const mine = await this.#insert(transaction, tokenId, mark, 'trying');
    return new PinTry({
      everyMs: this.#silenceMs / BEATS,
      beat: async () => {
        await this.#tries(this.#options.database, tokenId).where(mine).increment('beats', 1);
      },
      settle: (outcome) =>
        this.#alone(async (alone) => {
          const { state: _, ...who } = mine;
          const ours = await this.#tries(alone, tokenId).where(who).first();
          // Only the answer of an earlier attempt was lost.
          if (ours?.state === 'good') return outcome === 'good';
          if (!ours) return false;
          if (outcome === 'good') await this.#tries(alone, tokenId).update({ state: 'good' });
          else await this.#tries(alone, tokenId).delete();
          if (outcome === 'good') await this.#refusals(alone, tokenId).delete();
          if (outcome === 'refused' || outcome === 'unknown') {
            await this.#refuse(alone, tokenId, keptOf(mark, outcome));
          }
          return true;
        }),
    });
  }

  async #insert(by: Knex.Transaction, tokenId: string, { hint }: PinMark, state: TryRow['state']) {
    const { nodeId, incarnation } = this.#options.owner;
    const mine = { password_digest: hint, node_id: nodeId, incarnation, state };
    await by<TryRow>('pin_tries').insert({ token_id: tokenId, ...mine, beats: 0 });
    return mine;
  }

  /** One server after the other. */
  #alone<T>(work: (transaction: Knex.Transaction) => Promise<T>): Promise<T> {
    return this.#options.database.transaction(async (transaction) => {
      await becomeWriter(transaction);
      await lockTable(transaction, 'pin_tries');
      return work(transaction);
    });
  }

  /** This server's own, from before it was killed: only one process has its data directory. */
  #isAbandoned(row: TryRow): boolean {
    const { nodeId, incarnation } = this.#options.owner;
    return row.state === 'trying' && row.node_id === nodeId && row.incarnation !== incarnation;
  }

  get #silenceMs(): number {
    return this.#options.silenceMs ?? SILENCE_MS;
  }

  #tries(by: Database, tokenId: string) {
    return by<TryRow>('pin_tries').where({ token_id: tokenId });
  }

  #refusals(by: Database, tokenId: string) {
    return by<RefusedRow>('refused_pins').where({ token_id: tokenId });
  }

  /** Those that count: each has cost a try, so there are not many more. */
  #lastRefusals(by: Database, tokenId: string) {
    return this.#refusals(by, tokenId).orderBy('id', 'desc').limit(MAX_READ);
  }

  async #refuse(by: Knex.Transaction, token_id: string, password_digest: string): Promise<void> {
    const refused_at = this.#options.wallClock();
    await by<RefusedRow>('refused_pins').insert({ token_id, password_digest, refused_at });
  }
}

/** Another one as long as the server that tries is alive. */
function signOf({ password_digest, incarnation, beats }: TryRow): string {
  return `${password_digest} ${incarnation} ${beats}`;
}

/** A password is sealed with a new nonce each time that it is set: its digest says nothing of it. */
export function digestOf(sealed: Buffer): string {
  return createHash('sha256').update(sealed).digest('hex');
}

function markOf(password: Presented): PinMark {
  if (!Buffer.isBuffer(password)) return password;
  const digest = digestOf(password);
  return { digest, hint: digest };
}

/** What is kept of a PIN: the token says that it is wrong, or nobody knows. */
function keptOf({ digest, hint }: PinMark, outcome: 'refused' | 'unknown'): string {
  return outcome === 'refused' ? digest : hint;
}

function isOf({ digest }: PinMark, { password_digest }: Pick<RefusedRow, 'password_digest'>) {
  return digest.startsWith(password_digest);
}
