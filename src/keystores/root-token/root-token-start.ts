/** Logging in to the root token, once, with the PIN that the operator's source has. */
import { backOff } from '../../kernel/back-off.js';
import { StartError } from '../../kernel/start-error.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { TokenLog } from '../../token-host/client/client-options.js';
import type { PinStanding } from '../../token-host/client/pin-record.js';
import type { TokenInfo } from '../../token-host/protocol/protocol.js';
import { saysWrongPin } from '../../token-host/protocol/return-codes.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import type { PinAttempt, PinMemory } from './pin-memory.js';
import type { PinSource } from './pin-source.js';
import type { PinOutcome } from './shared-pins.js';

/** A root token that is logged in. */
export interface RootLogin {
  readonly info: TokenInfo;
  /** What it took, for `keepRootLogin`, which zeroes it. */
  readonly pin: Buffer;
}

const REFUSED_BEFORE = {
  refused: (token: string, { name }: PinSource, remedy: string) =>
    `${token} refused this PIN before, or nobody knows what came of it, so it was not tried again; correct ${name}, or ${remedy} to try it once more`,
  'too-many': (token: string, _: PinSource, remedy: string) =>
    `${token} refused several PINs since it took one, so no other was tried; ${remedy} to allow more`,
} as const;

/** What counts when a login has failed. */
const OUTCOMES: Readonly<Record<PinStanding, PinOutcome>> = {
  untried: 'untried',
  unclear: 'unknown',
  good: 'untried',
  refused: 'refused',
};

/** As long as a start waits for a database that has gone away, to tell the others what came of the PIN. */
const NOTE_MS = 10_000;

/**
 * Tries the PIN once, over all starts and all servers of the database, until somebody changes it.
 * @param token for messages
 * @throws StartError when the PIN is missing, refused now or refused before, or the token is away
 */
export async function logInOnce(
  client: TokenClient,
  source: PinSource,
  memory: PinMemory,
  token = 'the root token',
): Promise<RootLogin> {
  const pin = await source.read();
  try {
    const attempt = await memory.begin(pin, () => false);
    if ('why' in attempt) {
      throw new StartError(REFUSED_BEFORE[attempt.why](token, source, attempt.remedy));
    }
    try {
      const info = await client.start(pin);
      await attempt.end('good', afterwards(NOTE_MS));
      return { info, pin };
    } catch (error) {
      // Until it is stopped the client may make attempts of its own.
      await client.stop();
      // What the others aren't told counts as refused for them; why the start fails is this error.
      await attempt.end(OUTCOMES[client.pin], afterwards(NOTE_MS)).catch(() => undefined);
      throw wordedFailure(error, source, token);
    }
  } catch (error) {
    pin.fill(0);
    throw error;
  }
}

function afterwards(ms: number): () => boolean {
  const began = performance.now();
  return () => performance.now() - began > ms;
}

/** What a login's failure says of its PIN: tried again, it may cost another of the token's tries. */
function outcomeOf(error: unknown): Exclude<PinOutcome, 'good'> {
  if (error instanceof TokenError && saysWrongPin(error.rv)) return 'refused';
  const isUnknown = error instanceof TokenHostError && error.kind === 'login-unknown';
  return isUnknown ? 'unknown' : 'untried';
}

function wordedFailure(error: unknown, { name }: PinSource, token: string): unknown {
  if (error instanceof TokenError && error.action === 'refused') {
    const once =
      outcomeOf(error) !== 'untried'
        ? 'it was tried once and will not be tried again'
        : 'no other was tried';
    return new StartError(`${token} refused the PIN in ${name} (${error.code}); ${once}`);
  }
  if (error instanceof TokenHostError && error.kind === 'login-unknown') {
    return new StartError(
      `whether ${token} took the PIN in ${name} is not known (${messageOf(error.cause)}): it may have cost a try, and will not be tried again`,
    );
  }
  if (error instanceof TokenHostError && error.kind === 'last-try')
    return new StartError(error.message);
  if (error instanceof TokenError || error instanceof TokenHostError) {
    return new StartError(`${token} could not be reached: ${error.message}`);
  }
  return error;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'its host ended';
}

/**
 * Watches over a login that worked: a later one, after the token's host was replaced, may be refused,
 * because the PIN was changed in the token. The PIN is remembered then, and its source asked again until
 * it has another, which is tried once.
 * @returns ends it
 */
export function keepRootLogin(
  client: TokenClient,
  { pin }: RootLogin,
  source: PinSource,
  memory: PinMemory,
  log: TokenLog,
): () => void {
  let tried = pin;
  /** Of another PIN than the first, while it is not known what came of it. */
  let attempt: PinAttempt | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ended = new AbortController();
  const isEnded = () => ended.signal.aborted;
  const look = (looks: number): void => {
    if (source.lookAgain === undefined || isEnded()) return;
    timer = setTimeout(
      () => void tryAnother().finally(() => client.state === 'refused' && look(looks + 1)),
      backOff(source.lookAgain, looks),
    );
    timer.unref();
  };
  const tryAnother = async (): Promise<void> => {
    try {
      const another = await source.read(ended.signal);
      const begun =
        another.equals(tried) || client.state !== 'refused'
          ? undefined
          : await memory.begin(another, isEnded);
      if (begun === undefined || 'why' in begun) {
        another.fill(0);
        return;
      }
      if (client.state !== 'refused') {
        await begun.end('untried', isEnded);
        another.fill(0);
        return;
      }
      tried.fill(0);
      tried = another;
      attempt = begun;
      const text = 'there is another PIN for the root token, which is tried once';
      log.info({ source: source.name }, text);
      client.tryPin(another);
    } catch (err) {
      log.error({ err }, 'whether there is another PIN for the root token was not found out');
    }
  };
  const note = async (error: unknown): Promise<void> => {
    const outcome = outcomeOf(error);
    const begun = attempt;
    attempt = undefined;
    if (begun) await begun.end(outcome, isEnded);
    else if (outcome !== 'untried') await memory.refusedLater(tried, outcome);
  };
  const noteGood = async (): Promise<void> => {
    const begun = attempt;
    attempt = undefined;
    if (!begun) return memory.takenAgain();
    // The end of the server zeroes the other one, while the database is waited for.
    const taken = Buffer.from(tried);
    try {
      await begun.end('good', isEnded);
      await memory.prove(taken);
    } finally {
      taken.fill(0);
    }
  };
  const failed = (err: unknown) =>
    log.error({ err }, 'what the root token said of its PIN could not be noted');
  const forget = client.onStateChange((state, error) => {
    clearTimeout(timer);
    if (state === 'ready') void noteGood().catch(failed);
    if (state !== 'refused') return;
    const remedy =
      source.lookAgain === undefined
        ? 'correct its source and start the server again'
        : 'correct its source, which is asked again until it has another';
    log.error({ err: error, source: source.name }, `the root token refuses its PIN: ${remedy}`);
    void note(error)
      .catch(failed)
      .finally(() => look(0));
  });
  return () => {
    forget();
    ended.abort();
    clearTimeout(timer);
    tried.fill(0);
  };
}
