/** Logging in to the root token, once, with the PIN that the operator put in a file. */
import { readNamedSecret } from '../../kernel/foreign-files.js';
import { StartError } from '../../kernel/start-error.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { TokenInfo } from '../../token-host/protocol/protocol.js';
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
    if (error instanceof TokenError && error.action === 'refused') {
      await refused.remember(pin);
      throw new StartError(
        `the root token refused the PIN in ${token.pinFile} (${error.code}); it was tried once and will not be tried again`,
      );
    }
    if (error instanceof TokenError || error instanceof TokenHostError) {
      throw new StartError(`the root token could not be reached: ${error.message}`);
    }
    throw error;
  } finally {
    pin.fill(0);
  }
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
