/** Several tokens that hold the same keys, as one. Source: decision 26. */
import type { ObjectInfo } from '../protocol/key-objects.js';
import type { TokenInfo } from '../protocol/protocol.js';
import {
  type ArgumentsOf,
  type CallName,
  callRow,
  type KeyOf,
  type ResultOf,
} from '../protocol/token-calls.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import { type TokenOutcome, tokenOutcome } from '../protocol/token-outcome.js';
import type { TokenState } from './client.js';
import type { TokenLog } from './client-options.js';
import type { StateListener } from './host-keeper.js';
import { type Member, type MemberCall, memberCall } from './member-calls.js';
import type { PinStanding } from './pin-record.js';
import type { Token } from './token.js';

export interface TokenMembersOptions {
  readonly members: readonly Member[];
  readonly log: TokenLog;
  readonly now: () => number;
}

/** Whose state is the state of all: the first of these that a member has. */
const STATES: readonly TokenState[] = ['ready', 'replacing', 'starting', 'absent', 'refused'];

/** The same for what they say of the PIN. */
const PIN_STANDINGS: readonly PinStanding[] = ['refused', 'good', 'unclear', 'untried'];

/** What another member may do better. */
const PASSED_ON: ReadonlySet<TokenOutcome | undefined> = new Set([
  'busy',
  'unreachable',
  'missing',
  'failed',
]);

/** Time for one look at what a member holds. */
const LOOK_TIMEOUT_MS = 30_000;

export class TokenMembers implements Token {
  readonly #members: readonly Member[];
  readonly #log: TokenLog;
  readonly #now: () => number;
  readonly #listeners = new Set<StateListener>();
  /** Members that were found to be no copy of the others. */
  readonly #unfit = new Set<Member>();
  #required: string | undefined;
  #turn = 0;

  constructor({ members, log, now }: TokenMembersOptions) {
    this.#members = members;
    this.#log = log;
    this.#now = now;
    for (const member of members) {
      member.client.onStateChange((state, error) => void this.#changed(member, state, error));
    }
  }

  /**
   * Starts the members one after the other until one takes the PIN, then the others beside what follows:
   * a PIN that one refuses, or may have, no other is asked. Rejects as TokenClient does.
   */
  async start(pin: Buffer | string): Promise<TokenInfo> {
    const waiting = [...this.#members];
    for (;;) {
      const member = waiting.shift();
      if (member === undefined) throw new TokenHostError('unavailable', 'The token has no members');
      try {
        const info = await member.client.start(pin);
        for (const other of waiting) void this.#startBeside(other, pin, info);
        return info;
      } catch (error) {
        if (waiting.length === 0 || member.client.state === 'refused') throw error;
        this.#log.error({ err: error, tokenId: member.id }, 'a member of the token is away');
      }
    }
  }

  /** See TokenClient. */
  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ client }) => client.stop()));
  }

  get state(): TokenState {
    const states = new Set(this.#members.map(({ client }) => client.state));
    return STATES.find((state) => states.has(state)) ?? 'stopped';
  }

  /** A refusal by one counts; otherwise that one has taken it. */
  get pin(): PinStanding {
    const standings = new Set(this.#members.map(({ client }) => client.pin));
    return PIN_STANDINGS.find((standing) => standings.has(standing)) ?? 'untried';
  }

  /** Calls `listener` when any member is ready (again), or refuses the PIN, or all are away. */
  onStateChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Undefined as long as a member that doesn't show the key wasn't read to its end. */
  has(ckaId: string): boolean | undefined {
    const shown = this.#members.map(({ client }) => client.has(ckaId));
    if (shown.includes(true)) return true;
    return shown.includes(undefined) ? undefined : false;
  }

  objects(): ReadonlyMap<string, ObjectInfo> {
    return new Map(this.#members.flatMap(({ client }) => [...client.objects()]));
  }

  get duplicates(): readonly string[] {
    return [...new Set(this.#members.flatMap(({ client }) => client.duplicates))];
  }

  /** Settles when one member was read to its end. */
  listed(): Promise<void> {
    return Promise.any(this.#members.map(({ client }) => client.listed()));
  }

  requireOfEach(ckaId: string): void {
    this.#required = ckaId;
    for (const member of this.#members) {
      if (member.client.state === 'ready') void this.#look(member);
    }
  }

  /** See TokenClient, and `member-calls.ts` for which members are asked. */
  call<Name extends CallName>(
    name: Name,
    key: KeyOf<Name>,
    args: ArgumentsOf<Name>,
    deadline: number,
  ): Promise<ResultOf<Name>> {
    const way: MemberCall<Name> = memberCall(name);
    return way(this.#ask(name, key, args, deadline), key, args);
  }

  /** A trial's key is one member's, and used there. */
  try<Name extends CallName>(
    name: Name,
    key: KeyOf<Name>,
    args: ArgumentsOf<Name>,
    deadline: number,
  ): Promise<ResultOf<Name>> {
    const [member] = this.#inTurn(key);
    if (member === undefined) return Promise.reject(this.#nobody());
    return member.client.try(name, key, args, deadline);
  }

  #ask<Name extends CallName>(
    name: Name,
    key: KeyOf<Name>,
    args: ArgumentsOf<Name>,
    deadline: number,
  ) {
    return {
      now: this.#now,
      deadline,
      members: this.#members,
      inTurn: () => this.#inTurn(key),
      nobody: () => this.#nobody(),
      of: (member: Member) => member.client.call(name, key, args, deadline),
      /** The members one after the other, until one answers what no other would do better. */
      oneOf: async (isEnough: (result: ResultOf<Name>) => boolean): Promise<ResultOf<Name>> => {
        let failure: unknown;
        let answer: { readonly result: ResultOf<Name> } | undefined;
        for (const member of this.#inTurn(key)) {
          try {
            const result = await member.client.call(name, key, args, deadline);
            if (isEnough(result)) return result;
            answer ??= { result };
          } catch (error) {
            const mayGoOn = callRow(name).repeatable && PASSED_ON.has(tokenOutcome(error));
            if (!mayGoOn || deadline <= this.#now()) throw error;
            failure = error;
          }
        }
        // That nobody has it is only true when everybody was asked.
        if (answer && failure === undefined) return answer.result;
        throw failure ?? this.#nobody();
      },
    };
  }

  /** Those that answer now, before those that may soon; those with least to do first. */
  #inTurn(key: KeyOf<CallName>): readonly Member[] {
    this.#turn = (this.#turn + 1) % this.#members.length;
    const rotated = [...this.#members.slice(this.#turn), ...this.#members.slice(0, this.#turn)];
    const fit = rotated.filter((member) => !this.#unfit.has(member));
    const rank = ({ client }: Member): number => {
      const lacks = typeof key === 'string' && client.has(key) === false;
      return (lacks ? STATES.length : 0) + STATES.indexOf(client.state);
    };
    return fit
      .map((member) => ({ member, rank: rank(member), waiting: member.client.waiting }))
      .sort((left, right) => left.rank - right.rank || left.waiting - right.waiting)
      .map(({ member }) => member);
  }

  #nobody(): TokenHostError {
    return new TokenHostError('unavailable', 'No member of the token can be used');
  }

  async #startBeside(member: Member, pin: Buffer | string, first: TokenInfo): Promise<void> {
    try {
      const { manufacturer, model } = await member.client.start(pin);
      if (manufacturer === first.manufacturer && model === first.model) return;
      this.#unfit.add(member);
      const text = 'the member is another kind of token than the others; it is not used';
      this.#log.error({ tokenId: member.id, manufacturer, model }, text);
    } catch (error) {
      this.#log.error({ err: error, tokenId: member.id }, 'a member of the token is away');
    }
  }

  async #changed(
    member: Member,
    state: TokenState,
    error: TokenError | TokenHostError | undefined,
  ): Promise<void> {
    if (state === 'ready') await this.#look(member);
    // A login whose outcome nobody knows says nothing of a PIN that another member took.
    const isWrongPin = error instanceof TokenError && error.action === 'refused';
    const told = state === 'ready' || isWrongPin || this.state === state;
    if (!told) return;
    for (const listener of this.#listeners) listener(state, error);
  }

  /** Whether a member that can be reached is what the others are. Never rejects. */
  async #look(member: Member): Promise<void> {
    const { client, id: tokenId } = member;
    const required = this.#required;
    if (required === undefined) return;
    try {
      const deadline = this.#now() + LOOK_TIMEOUT_MS;
      if (await client.call('findObject', required, undefined, deadline)) {
        if (this.#unfit.delete(member)) this.#log.info({ tokenId }, 'the member serves again');
        return;
      }
      this.#unfit.add(member);
      const text = 'the member lacks a key that it must share with the others; it is not used';
      this.#log.error({ tokenId, ckaId: required }, text);
    } catch (error) {
      // Not known to be unfit: a call that it can't make goes to another.
      this.#log.warn({ err: error, tokenId }, 'a member of the token could not be looked at');
    }
  }
}
