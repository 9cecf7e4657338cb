/** One login of an operator's command, with the PIN of a file. */
import { readNamedSecret } from '../../kernel/foreign-files.js';
import { StartError } from '../../kernel/start-error.js';
import { RefusedPin } from '../../keystores/root-token/refused-pin.js';
import type { TokenClient } from '../../token-host/client/client.js';
import { saysWrongPin } from '../../token-host/protocol/return-codes.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import type { TokenInfo } from '../../token-host/protocol/token-info.js';

/**
 * Tries the PIN once; one that was refused is remembered where a server's start remembers it, and not
 * tried again.
 * @returns what the token says of itself
 * @throws StartError with one line
 */
export async function logIn(
  client: TokenClient,
  { id, pinFile }: { readonly id: string; readonly pinFile: string | undefined },
  dataDir: string,
): Promise<TokenInfo> {
  if (pinFile === undefined) {
    throw new StartError(`the token ${id} has no pinFile; name one with --pin-file`);
  }
  const pin = readPin(pinFile);
  const refused = new RefusedPin(dataDir, id);
  try {
    if (await refused.is(pin)) {
      throw new StartError(
        `the token ${id} refused the PIN in ${pinFile} before, so it was not tried again; correct it, or remove ${refused.file} to try it once more`,
      );
    }
    const info = await client.start(pin);
    await refused.forget();
    return info;
  } catch (error) {
    if (mayHaveCost(error)) await refused.remember(pin);
    if (error instanceof TokenError || error instanceof TokenHostError) {
      const once = mayHaveCost(error) ? '; it was tried once and will not be tried again' : '';
      throw new StartError(`login to the token ${id} failed: ${error.message}${once}`);
    }
    throw error;
  } finally {
    pin.fill(0);
  }
}

function mayHaveCost(error: unknown): boolean {
  if (error instanceof TokenError) return saysWrongPin(error.rv);
  return error instanceof TokenHostError && error.kind === 'login-unknown';
}

function readPin(file: string): Buffer {
  let text: Buffer;
  try {
    text = readNamedSecret(file);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`the PIN can't be read from ${file} (${code})`);
  }
  let end = text.length;
  while (end > 0 && (text[end - 1] === 0x0a || text[end - 1] === 0x0d)) end -= 1;
  const pin = Buffer.from(text.subarray(0, end));
  text.fill(0);
  if (end === 0) throw new StartError(`the PIN file ${file} is empty`);
  return pin;
}
