/** PINs that an operator's command reads from files, or makes and writes to new ones. */
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomPin } from '../../../native-setup/softhsm/pin.js';
import { syncDirectory } from '../../db/private-files.js';
import { readNamedSecret } from '../../kernel/foreign-files.js';
import { StartError } from '../../kernel/start-error.js';
import { MAX_PIN_BYTES } from '../../keystores/root-token/pin-source.js';

/** Where a PIN is. With neither it is asked for. */
export interface PinPlace {
  /** Holds it. */
  readonly file: string | undefined;
  /** Does not exist yet: a random PIN is made and written to it, 0600. */
  readonly newFile: string | undefined;
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The PIN in a file, without the newline at its end. @throws StartError with one line */
export function readPinFile(path: string): string {
  let octets: Buffer;
  try {
    octets = readNamedSecret(path);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`the PIN can't be read from ${path} (${codeOf(error)})`);
  }
  const pin = octets.toString('utf8').replace(/[\r\n]+$/, '');
  octets.fill(0);
  if (pin === '') throw new StartError(`there is no PIN in ${path}`);
  if (Buffer.byteLength(pin) <= MAX_PIN_BYTES) return pin;
  throw new StartError(`the PIN in ${path} has more than ${MAX_PIN_BYTES} octets`);
}

/**
 * Makes a random PIN of 32 letters and digits and writes it to a new file, 0600. It is on the disk when
 * this settles: a token is never given a PIN that a crash could lose.
 * @throws StartError when the file is there already, or can't be written
 */
export async function writeNewPin(path: string): Promise<string> {
  const pin = randomPin();
  try {
    const file = await open(path, NEW, 0o600);
    try {
      await file.writeFile(`${pin}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(dirname(path));
    return pin;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new StartError(
        `${path} is there already and is left as it is; if it has the PIN that you want, read it as the PIN file instead`,
      );
    }
    throw new StartError(`the PIN can't be written to ${path} (${codeOf(error)})`);
  }
}

/** Removes a file that `writeNewPin` made, whose PIN no token was given. */
export async function removeNewPin(path: string): Promise<void> {
  await rm(path, { force: true });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
