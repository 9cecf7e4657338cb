/** Logging in to the root token, once, with the PIN that the operator's source has. */
import { backOff } from '../../kernel/back-off.js';
import { StartError } from '../../kernel/start-error.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { TokenLog } from '../../token-host/client/client-options.js';
import type { TokenInfo } from '../../token-host/protocol/protocol.js';
import { saysWrongPin } from '../../token-host/protocol/return-codes.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import type { PinSource } from './pin-source.js';
import type { RefusedPin } from './refused-pin.js';

/** A root token that is logged in. */
export interface RootLogin {
  readonly info: TokenInfo;
  /** What it took, for `keepRootLogin`, which zeroes it. */
  readonly pin: Buffer;
}

const REFUSED_BEFORE = {
  refused: (token: string, { name }: PinSource, { file }: RefusedPin) =>
    `${token} refused this PIN before, or nobody knows what came of it, so it was not tried again; correct ${name}, or remove ${file} to try it once more`,
  'too-many': (token: string, _: PinSource, { file }: RefusedPin) =>
    `${token} refused several PINs since it took one, so no other was tried; remove ${file} to allow more`,
} as const;

/**
 * Tries the PIN once, over all starts, until somebody changes it.
 * @param token for messages
 * @throws StartError when the PIN is missing, refused now or refused before, or the token is away
 */
export async function logInOnce(
  client: TokenClient,
  source: PinSource,
  refused: RefusedPin,
  token = 'the root token',
): Promise<RootLogin> {
  const pin = await source.read();
  try {
    const standing = await refused.standing(pin);
    if (standing !== 'untried')
      throw new StartError(REFUSED_BEFORE[standing](token, source, refused));
    const isProven = await refused.isProven(pin);
    // Whoever kills this server from here on has it tried.
    if (!isProven) await refused.remember(pin);
    try {
      const info = await client.start(pin);
      await refused.forget();
      return { info, pin };
    } catch (error) {
      // Until it is stopped the client may make attempts of its own.
      await client.stop();
      const isSpent = client.pin === 'refused' || client.pin === 'unclear';
      if (isSpent && isProven) await refused.remember(pin);
      if (!isSpent && !isProven) await refused.withdraw();
      throw wordedFailure(error, source, token);
    }
  } catch (error) {
    pin.fill(0);
    throw error;
  }
}

/** Whether the same PIN, tried again, may cost another of the token's tries. */
function mayHaveCost(error: unknown): boolean {
  if (error instanceof TokenError) return saysWrongPin(error.rv);
  return error instanceof TokenHostError && error.kind === 'login-unknown';
}

function wordedFailure(error: unknown, { name }: PinSource, token: string): unknown {
  if (error instanceof TokenError && error.action === 'refused') {
    const once = mayHaveCost(error)
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
  refused: RefusedPin,
  log: TokenLog,
): () => void {
  let tried = pin;
  /** It is in the memory of refused ones, be it since it is being tried. */
  let isRemembered = false;
  let timer: NodeJS.Timeout | undefined;
  const ended = new AbortController();
  const look = (looks: number): void => {
    if (source.lookAgain === undefined || ended.signal.aborted) return;
    timer = setTimeout(
      () => void tryAnother().finally(() => client.state === 'refused' && look(looks + 1)),
      backOff(source.lookAgain, looks),
    );
    timer.unref();
  };
  const tryAnother = async (): Promise<void> => {
    try {
      const another = await source.read(ended.signal);
      const standing = await refused.standing(another);
      if (standing !== 'untried' || another.equals(tried) || client.state !== 'refused') {
        another.fill(0);
        return;
      }
      tried.fill(0);
      tried = another;
      const text = 'there is another PIN for the root token, which is tried once';
      log.info({ source: source.name }, text);
      await refused.remember(another);
      isRemembered = true;
      client.tryPin(another);
    } catch (err) {
      log.error({ err }, 'whether there is another PIN for the root token was not found out');
    }
  };
  const note = async (error: unknown): Promise<void> => {
    const isSpent = mayHaveCost(error);
    if (isSpent && !isRemembered) await refused.remember(tried);
    if (!isSpent && isRemembered) await refused.withdraw();
    isRemembered = isSpent;
  };
  const noteGood = async (): Promise<void> => {
    await refused.forget();
    if (isRemembered) await refused.prove(tried);
    isRemembered = false;
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
