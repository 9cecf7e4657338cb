import { backOff } from '../../kernel/back-off.js';
import type { TokenInfo, TokenSettings } from '../protocol/protocol.js';
import { mayHaveCostATry, saysWrongPin } from '../protocol/return-codes.js';
import type { CallName } from '../protocol/token-calls.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import { DEFAULT_BACK_OFF, type TokenClientOptions } from './client-options.js';
import type { HostEnd, ObjectsMessage } from './host-events.js';
import { HostProcess } from './host-process.js';
import type { ObjectMap } from './object-map.js';
import type { PendingCalls } from './pending-calls.js';
import { PinRecord, type PinStanding } from './pin-record.js';
import { RestartBudget } from './recovery.js';
import type { HostEndCause, TokenFigures, TokenState } from './token-figures.js';

export type StateListener = (state: TokenState, error?: TokenError | TokenHostError) => void;

/** Hosts in a row that may crash without one good answer before the next has to wait. */
const MAX_CRASHES = 10;

/** The same for hosts that hang or ask for their replacement. */
const MAX_RESTARTS = 4;

/** Logins in a row of which nobody knows whether they cost a try, with a PIN that has worked. */
const MAX_UNCLEAR_LOGINS = 3;

/** Keeps one host running: starts it, replaces it, waits for a token that is not there. */
export class HostKeeper {
  readonly #options: TokenClientOptions;
  readonly #pending: PendingCalls;
  readonly #objects: ObjectMap;
  readonly #listeners = new Set<StateListener>();
  readonly #budget = new RestartBudget();
  /** Changed when a host's threads prove not to share the library's state. */
  #settings: TokenSettings;
  #state: TokenState = 'stopped';
  #error: TokenError | TokenHostError | undefined;
  #host: HostProcess | undefined;
  #pin: Buffer | undefined;
  #pinRecord = new PinRecord();
  /** A login with this PIN has worked, so that one whose outcome is unknown may be repeated. */
  #pinProven = false;
  /** Logins of unknown outcome since one worked. */
  #unclearLogins = 0;
  /** Since the last good answer. */
  #crashes = 0;
  #restarts = 0;
  #attempts = 0;
  #logins = 0;
  readonly #ends: Record<HostEndCause, number> = { killed: 0, crashed: 0, hung: 0, reported: 0 };
  #retryTimer: NodeJS.Timeout | undefined;
  #started: { resolve(info: TokenInfo): void; reject(error: Error): void } | undefined;

  constructor(options: TokenClientOptions, pending: PendingCalls, objects: ObjectMap) {
    this.#options = options;
    this.#settings = options.settings;
    this.#pending = pending;
    this.#objects = objects;
  }

  get state(): TokenState {
    return this.#state;
  }

  /** See `TokenClient.pin`. */
  get pin(): PinStanding {
    return this.#pinRecord.standing;
  }

  /** Why the state is what it is, when it is `absent` or `refused`. */
  get error(): TokenError | TokenHostError | undefined {
    return this.#error;
  }

  /** Adds a listener; the answer removes it. */
  onStateChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** See TokenFigures. */
  get figures(): Pick<
    TokenFigures,
    'state' | 'reason' | 'logins' | 'ends' | 'threads' | 'sharing'
  > {
    const error = this.#error;
    return {
      state: this.#state,
      reason: error instanceof TokenError ? error.code : error?.kind,
      logins: this.#logins,
      ends: { ...this.#ends },
      threads: this.#state === 'ready' ? (this.#host?.threads ?? 0) : 0,
      sharing: this.#sharing,
    };
  }

  get #sharing(): TokenFigures['sharing'] {
    // Who is told to use one thread finds out nothing.
    if (this.#options.settings.threads === 'single') return 'untried';
    if (this.#settings.threads === 'single') return 'single';
    return this.#host?.sharing ?? 'untried';
  }

  /** See `TokenClient.start`. Takes the PIN over and zeroes it in the end. */
  start(pin: Buffer): Promise<TokenInfo> {
    if (this.#state !== 'stopped') throw new TypeError('The token client was started before');
    this.#pin = pin;
    this.#become('starting');
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      this.#launch();
    });
  }

  /** See `TokenClient.tryPin`. */
  tryPin(pin: Buffer): void {
    if (this.#state !== 'refused') throw new TypeError('The token has refused no PIN');
    this.#pin = pin;
    this.#pinRecord = new PinRecord();
    this.#pinProven = false;
    this.#unclearLogins = 0;
    this.#become('starting');
    this.#launch();
  }

  /** A call was answered: the host is good for something. */
  proveWorking(): void {
    this.#crashes = 0;
    this.#restarts = 0;
  }

  /** See `TokenClient.stop`. */
  async stop(graceMs: number): Promise<void> {
    clearTimeout(this.#retryTimer);
    const error = new TokenHostError('unavailable', 'The token client was stopped');
    const ready = this.#state === 'ready';
    this.#become('stopped');
    this.#started?.reject(error);
    this.#started = undefined;
    const host = this.#host;
    this.#host = undefined;
    if (ready) await this.#pending.drained(graceMs);
    this.#pending.detach(false);
    this.#pending.failAll(() => error);
    this.#forgetPin();
    await host?.stop(graceMs);
  }

  /** Ends a host that is of no use any more; false where that would be done too often. */
  giveUp(name: CallName, error: TokenError): boolean {
    const host = this.#host;
    if (host === undefined) return false;
    const { action } = error;
    const asked = host.retiring || action === 'refused' || this.#budget.take(name, action);
    if (asked) host.giveUp(error);
    return asked;
  }

  #launch(): void {
    const pin = this.#pin;
    if (pin === undefined) return;
    const options = { ...this.#options, settings: this.#settings };
    const host = new HostProcess(options, {
      onAbsent: () => this.#absent(TokenError.of('CKR_TOKEN_NOT_PRESENT')),
      onObjects: (message) => this.#takeObjects(message),
      onLogin: () => {
        this.#logins += 1;
        this.#pinRecord.begun();
      },
      onLoggedIn: () => this.#pinRecord.succeeded(),
      onLoginFailed: (rv) => this.#pinRecord.failed(rv),
      onReady: ({ info }) => this.#ready(host, info),
      onReply: (reply) => this.#pending.receive(reply),
      onRoom: () => this.#pending.pump(),
      onSingle: () => this.#useOneThread(),
      onNotLoggedIn: () => void this.#pending.logIn(),
      onEnd: (end) => this.#ended(end),
    });
    this.#host = host;
    // The new host has handles of its own.
    this.#objects.beginListing();
    void host.launch(pin);
  }

  #takeObjects(message: ObjectsMessage): void {
    switch (message[0]) {
      case 'listing':
        this.#objects.beginListing(message[1]);
        break;
      case 'objects':
        this.#objects.apply(message[1], message[2]);
        break;
      case 'listed':
        this.#objects.endListing();
        break;
    }
  }

  #useOneThread(): void {
    const { id } = this.#settings;
    this.#settings = { ...this.#settings, threads: 'single' };
    const text = "the token's library serves one thread only: its calls run one after the other";
    this.#options.log.warn({ token: id }, text);
  }

  #ready(host: HostProcess, info: TokenInfo): void {
    this.#pinProven = true;
    this.#unclearLogins = 0;
    this.#attempts = 0;
    this.#become('ready');
    this.#started?.resolve(info);
    this.#started = undefined;
    this.#pending.attach(host);
  }

  #ended(end: HostEnd): void {
    this.#ends[end.cause] += 1;
    this.#pending.detach(end.cause === 'crashed' || end.cause === 'hung');
    if (this.#state === 'stopped') {
      this.#pending.failAll(() => end.error);
      return;
    }
    this.#host = undefined;
    const { error } = end;
    if (error instanceof TokenError && error.action === 'refused') {
      this.#refuse(error);
    } else if (error instanceof TokenHostError && error.kind === 'last-try') {
      this.#refuse(error);
    } else if (end.loginPending && this.#hasCostATry(error)) {
      const message = 'Whether the token counted a wrong PIN is not known; it is not tried again';
      this.#refuse(new TokenHostError('login-unknown', message, { cause: error }));
    } else if (this.#mayReplaceAtOnce(end)) {
      this.#options.log.warn(
        { token: this.#options.settings.id, err: error },
        'token host replaced',
      );
      this.#become('replacing');
      this.#launch();
    } else {
      this.#absent(error);
      const wait = backOff(this.#options.backOff ?? DEFAULT_BACK_OFF, this.#attempts);
      this.#attempts += 1;
      this.#retryTimer = setTimeout(() => this.#launch(), wait);
    }
  }

  /**
   * Whether a login that ended so is the last: a PIN that has worked may be tried a few times more, no
   * other may. What nobody knows, a crash and a silence among it, counts as a wrong PIN.
   */
  #hasCostATry(error: TokenError | TokenHostError): boolean {
    if (error instanceof TokenError && !mayHaveCostATry(error.rv)) return false;
    this.#unclearLogins += 1;
    return !this.#pinProven || this.#unclearLogins >= MAX_UNCLEAR_LOGINS;
  }

  #mayReplaceAtOnce({ cause }: HostEnd): boolean {
    const serving = this.#state === 'ready' || this.#state === 'replacing';
    if (cause === 'killed') return serving;
    if (cause === 'crashed') {
      this.#crashes += 1;
      return serving && this.#crashes < MAX_CRASHES;
    }
    // A host that hangs or fails while it starts finds no token; the next would not either.
    this.#restarts += 1;
    return this.#state === 'ready' && this.#restarts < MAX_RESTARTS;
  }

  #absent(error: TokenError | TokenHostError): void {
    this.#become('absent', error);
    this.#failStart(error);
    const cause = { cause: error };
    this.#pending.failAll(() => new TokenHostError('unavailable', 'The token is absent', cause));
  }

  #refuse(error: TokenError | TokenHostError): void {
    // Said of another call than C_Login it is about the PIN all the same.
    if (error instanceof TokenError && saysWrongPin(error.rv)) this.#pinRecord.failed(error.rv);
    this.#forgetPin();
    this.#become('refused', error);
    this.#failStart(error);
    const cause = { cause: error };
    this.#pending.failAll(
      () => new TokenHostError('unavailable', 'The token refused the PIN', cause),
    );
  }

  #failStart(error: TokenError | TokenHostError): void {
    this.#started?.reject(error);
    this.#started = undefined;
  }

  #forgetPin(): void {
    this.#pin?.fill(0);
    this.#pin = undefined;
  }

  #become(state: TokenState, error?: TokenError | TokenHostError): void {
    this.#error = error;
    if (this.#state === state) return;
    this.#state = state;
    this.#options.log.info({ token: this.#options.settings.id, state }, 'token state');
    for (const listener of [...this.#listeners]) listener(state, error);
  }
}
