/** Where the two PINs of a token that is set up come from. */
import { resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { StartError } from '../../kernel/start-error.js';
import type { SlotLook } from '../../token-host/protocol/library-look.js';
import { type PinPlace, readPinFile, removeNewPin, writeNewPin } from './pin-files.js';

/** Of a custom key store's token the PIN is the KeyStorePassword, which AWS KMS gives these lengths. */
const KEY_STORE_PASSWORD = { least: 7, most: 32 };

export interface PinOptions {
  /** The security officer's PIN is one that the token has already. */
  readonly finish: boolean;
  readonly soPin: PinPlace;
  readonly pin: PinPlace;
  /** Asks for a PIN without an echo; undefined where nobody can be asked. */
  readonly ask: ((whose: string, isNew: boolean) => Promise<string>) | undefined;
  readonly cwd: string;
}

export interface SetUpPins {
  readonly soPin: string;
  readonly pin: string;
  /** Files that were made for them. */
  readonly made: readonly string[];
}

/**
 * Reads, makes or asks for both PINs, and holds them against what the token takes.
 * @throws StartError, ConfigError when one can't be had or used; no new file is left then
 */
export async function pinsFor(
  { pinBytes }: Pick<SlotLook, 'pinBytes'>,
  options: PinOptions,
  tokenId: string,
): Promise<SetUpPins> {
  const made: string[] = [];
  const pinOf = async (place: PinPlace, whose: string, isNew: boolean): Promise<string> => {
    const pin = await onePin(place, whose, isNew, options);
    if (place.newFile !== undefined) made.push(resolve(options.cwd, place.newFile));
    const [least, most] = pinBytes ?? [0, 0];
    const octets = Buffer.byteLength(pin);
    if (octets >= least && (most === 0 || octets <= most)) return pin;
    throw new StartError(`${whose} has ${octets} octets; the token takes ${least} to ${most}`);
  };
  try {
    const soPin = await pinOf(options.soPin, "the security officer's PIN", !options.finish);
    const pin = await pinOf(options.pin, "the user's PIN", true);
    const { least, most } = KEY_STORE_PASSWORD;
    if (tokenId !== 'root' && (pin.length < least || pin.length > most)) {
      throw new StartError(
        `the user's PIN of a custom key store's token is its KeyStorePassword, of ${least} to ${most} characters`,
      );
    }
    return { soPin, pin, made };
  } catch (error) {
    for (const path of made) await removeNewPin(path);
    throw error;
  }
}

async function onePin(
  { file, newFile }: PinPlace,
  whose: string,
  isNew: boolean,
  { ask, cwd }: PinOptions,
): Promise<string> {
  if (file !== undefined && newFile !== undefined) {
    throw new ConfigError(`${whose} is read from a file or written to a new one, not both`);
  }
  if (file !== undefined) return readPinFile(resolve(cwd, file));
  if (newFile !== undefined) return writeNewPin(resolve(cwd, newFile));
  if (ask) return ask(whose, isNew);
  throw new StartError(`${whose} is needed: name a file, or run this at a terminal, which asks`);
}
