/** Logging in to the root token, once, with the PIN that the operator put in a file. */
import { readNamedSecret } from '../../kernel/foreign-files.js';
import { StartError } from '../../kernel/start-error.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { TokenLog } from '../../token-host/client/client-options.js';
import type { TokenInfo } from '../../token-host/protocol/protocol.js';
import { saysWrongPin } from '../../token-host/protocol/return-codes.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import { RefusedPin } from './refused-pin.js';

/** The root token as it is configured. */
export interface RootTokenSettings {
  readonly id: string;
  readonly pinFile?: string | undefined;
}

/**
 * @returns what the token says of itself.
 * @throws StartError when the PIN is missing, refused now or refused before, or the token is away.
 */
export async function logInToRootToken(
  client: TokenClient,
  token: RootTokenSettings,
  dataDir: string,
): Promise<TokenInfo> {
  const pin = readPin(token);
  const refused = new RefusedPin(dataDir, token.id);
  try {
    if (await refused.is(pin)) {
      throw new StartError(
        `the root token refused this PIN before, so it was not tried again; correct ${token.pinFile}, or remove ${refused.file} to try it once more`,
      );
    }
    const info = await client.start(pin);
    await refused.forget();
    return info;
  } catch (error) {
    if (mayHaveCost(error)) await refused.remember(pin);
    throw wordedFailure(error, token);
  } finally {
    pin.fill(0);
  }
}

/** Whether the same PIN, tried again, may cost another of the token's tries. */
function mayHaveCost(error: unknown): boolean {
  if (error instanceof TokenError) return saysWrongPin(error.rv);
  return error instanceof TokenHostError && error.kind === 'login-unknown';
}

function wordedFailure(error: unknown, { pinFile }: RootTokenSettings): unknown {
  if (error instanceof TokenError && error.action === 'refused') {
    const once = mayHaveCost(error)
      ? 'it was tried once and will not be tried again'
      : 'no other was tried';
    return new StartError(`the root token refused the PIN in ${pinFile} (${error.code}); ${once}`);
  }
  if (error instanceof TokenHostError && error.kind === 'login-unknown') {
    return new StartError(
      `whether the root token took the PIN in ${pinFile} is not known (${messageOf(error.cause)}): it may have cost a try, and will not be tried again`,
    );
  }
  if (error instanceof TokenHostError && error.kind === 'last-try')
    return new StartError(error.message);
  if (error instanceof TokenError || error instanceof TokenHostError) {
    return new StartError(`the root token could not be reached: ${error.message}`);
  }
  return error;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'its host ended';
}

/** Between two looks at the PIN file of a token that refused what it held. */
const LOOK_AGAIN_MS = 2000;

/**
 * Watches over a login that worked: a later one, after the token's host was replaced, may be refused,
 * because the PIN was changed in the token. The PIN is remembered then, and the file read again until
 * it holds another, which is tried once.
 * @returns ends it
 */
export function keepRootLogin(
  client: TokenClient,
  token: RootTokenSettings,
  dataDir: string,
  log: TokenLog,
): () => void {
  const refused = new RefusedPin(dataDir, token.id);
  let tried = readPin(token);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = setTimeout(
      () => void tryAnother().finally(() => client.state === 'refused' && look()),
      LOOK_AGAIN_MS,
    );
    timer.unref();
  };
  const tryAnother = async (): Promise<void> => {
    try {
      const pin = readPin(token);
      if (pin.equals(tried) || (await refused.is(pin))) return;
      tried = pin;
      log.info(
        { file: token.pinFile },
        'the root token’s PIN file has another PIN, which is tried once',
      );
      client.tryPin(pin);
    } catch (err) {
      log.error({ err }, 'the root token’s PIN file cannot be read');
    }
  };
  const forget = client.onStateChange((state, error) => {
    clearTimeout(timer);
    if (state === 'ready') void refused.forget();
    if (state !== 'refused') return;
    const facts = { err: error, file: token.pinFile };
    log.error(
      facts,
      'the root token refuses its PIN: correct the file, which is read again when it changes',
    );
    const remembered = mayHaveCost(error) ? refused.remember(tried) : Promise.resolve();
    remembered
      .catch((err: unknown) => log.error({ err }, 'the refused PIN could not be remembered'))
      .finally(look);
  });
  return () => {
    forget();
    clearTimeout(timer);
    tried.fill(0);
  };
}

function readPin(token: RootTokenSettings): Buffer {
  const file = token.pinFile ?? '';
  let text: Buffer;
  try {
    text = readNamedSecret(file);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`the root token's PIN can't be read from ${file} (${code})`);
  }
  // An editor's newline at the end is not part of the PIN.
  let end = text.length;
  while (end > 0 && (text[end - 1] === 0x0a || text[end - 1] === 0x0d)) end -= 1;
  if (end === 0) throw new StartError(`the root token's PIN file ${file} is empty`);
  const pin = Buffer.from(text.subarray(0, end));
  text.fill(0);
  return pin;
}
