/** Making a token ready for a server: its label, the security officer's PIN and the user's. */
import { resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { checkWrittenToken, type WrittenToken } from '../../config/written-token.js';
import { StartError } from '../../kernel/start-error.js';
import { lookAt } from '../../token-host/client/library-look.js';
import { setUp } from '../../token-host/client/token-set-up.js';
import type { SlotLook } from '../../token-host/protocol/library-look.js';
import { TokenHostError } from '../../token-host/protocol/token-error.js';
import {
  decideSetUp,
  type SetUpAnswer,
  type SetUpDecision,
  type SetUpWish,
} from '../../token-host/protocol/token-set-up.js';
import { vendorProfile } from '../../token-host/vendors/index.js';
import { setUpTool } from '../../token-host/vendors/set-up-tools.js';
import { type ListedToken, listedToken } from './list-tokens.js';
import { type PinPlace, readPinFile, removeNewPin, writeNewPin } from './pin-files.js';

const LOOK_MS = 20_000;
/** HSMs erase what they have before they are initialised. */
const SET_UP_MS = 300_000;

const LABEL_BYTES = 32;
/** Of a custom key store's token the PIN is the KeyStorePassword, which AWS KMS gives these lengths. */
const KEY_STORE_PASSWORD = { least: 7, most: 32 };

/** Codes of a library that makes no tokens. */
const MAKES_NONE = new Set(['CKR_FUNCTION_NOT_SUPPORTED', 'CKR_ACTION_PROHIBITED']);

export interface InitTokenOptions {
  /** What the server's configuration will say of it. Its `pinFile` is filled in here. */
  readonly token: Omit<WrittenToken, 'pinFile'>;
  readonly slot: string | undefined;
  readonly finish: boolean;
  readonly soPin: PinPlace;
  readonly pin: PinPlace;
  /** Asks for a PIN without an echo; undefined where nobody can be asked. */
  readonly ask: ((whose: string, isNew: boolean) => Promise<string>) | undefined;
  /** The compiled token host. */
  readonly entry: string;
  readonly cwd: string;
}

/** What there is now; the shape of `strongroom token init --json`. */
export interface InitializedToken {
  readonly ready: boolean;
  /** Why it is not, or why nothing was done. */
  readonly problem: string | undefined;
  /** The token with this label, or in this slot. */
  readonly token: ListedToken | undefined;
  /** For `tokens` of the configuration; undefined where the token is not ready. */
  readonly entry: WrittenToken | undefined;
}

/**
 * Initialises a token that is not initialised yet, logs in as its security officer, once, and gives the
 * user a PIN. Never touches a token that is initialised, but for the user's PIN that `finish` is about.
 * @throws StartError, ConfigError for what can't be a token, a PIN that can't be had, a library that
 * can't be loaded
 */
export async function initToken(options: InitTokenOptions): Promise<InitializedToken> {
  const wish = checkedWish(options);
  const decision = decideSetUp(await slotsOf(options), wish);
  if (decision.action === 'refuse') return refused(decision, options);
  const { soPin, pin, made } = await pinsFor(decision.slot, options);
  const libraryParameters = vendorProfile(options.token.vendor).libraryParameters;
  const answer = await setUp(place(options, SET_UP_MS), {
    ...{ module: options.token.module, ...wish, slot: decision.slot.id, soPin, userPin: pin },
    ...(libraryParameters !== undefined && { libraryParameters }),
  }).catch((error: unknown): SetUpAnswer => {
    if (!(error instanceof TokenHostError)) throw error;
    return { failure: { reason: error.message, step: undefined, initialised: false } };
  });
  // Whatever was answered: what the library says afterwards is what there is.
  const now = decideSetUp(await slotsOf(options), wish);
  const found = now.action === 'refuse' ? now.found : now.slot;
  const isThere = found?.token?.label === wish.label;
  if (!isThere) for (const path of made) await removeNewPin(path);
  if (answer.failure) return failed(answer.failure, isThere ? found : undefined, options);
  if (!isThere) throw new StartError(`the token was made, but ${reasonOf(now)}`);
  return { ready: true, problem: undefined, token: listed(found), entry: entryOf(options) };
}

function checkedWish({ token, slot, finish, soPin, cwd }: InitTokenOptions): SetUpWish {
  checkWrittenToken(token, cwd);
  if (Buffer.byteLength(token.label) > LABEL_BYTES) {
    throw new ConfigError(`a token's label has at most ${LABEL_BYTES} octets`);
  }
  if (finish && soPin.newFile !== undefined) {
    throw new ConfigError("a token that is finished has its security officer's PIN already");
  }
  return { label: token.label, slot, finish };
}

async function slotsOf(options: InitTokenOptions): Promise<readonly SlotLook[]> {
  const { module, vendor } = options.token;
  const { libraryParameters } = vendorProfile(vendor);
  try {
    const { slots } = await lookAt({
      ...{ module, ...place(options, LOOK_MS) },
      ...(libraryParameters !== undefined && { libraryParameters }),
    });
    return slots;
  } catch (error) {
    if (!(error instanceof TokenHostError)) throw error;
    throw new StartError(`${module}: ${error.message}`);
  }
}

function place({ entry, token: { env } }: InitTokenOptions, timeoutMs: number) {
  return { entry, timeoutMs, ...(env && { env }) };
}

/** Both PINs, the user's checked, and the files that were made for them. */
async function pinsFor({ pinBytes }: SlotLook, options: InitTokenOptions) {
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
    if (options.token.id !== 'root' && (pin.length < least || pin.length > most)) {
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
  { ask, cwd }: InitTokenOptions,
): Promise<string> {
  if (file !== undefined && newFile !== undefined) {
    throw new ConfigError(`${whose} is read from a file or written to a new one, not both`);
  }
  if (file !== undefined) return readPinFile(resolve(cwd, file));
  if (newFile !== undefined) return writeNewPin(resolve(cwd, newFile));
  if (ask) return ask(whose, isNew);
  throw new StartError(`${whose} is needed: name a file, or run this at a terminal, which asks`);
}

function refused(
  decision: SetUpDecision & { readonly action: 'refuse' },
  { token, slot }: InitTokenOptions,
): InitializedToken {
  const { reason, found } = decision;
  const hint = found || slot ? '' : `; where its library makes none: ${setUpTool(token.vendor)}`;
  return { ready: false, problem: reason + hint, token: listed(found), entry: undefined };
}

function failed(
  { reason, step, initialised }: NonNullable<SetUpAnswer['failure']>,
  found: SlotLook | undefined,
  { token }: InitTokenOptions,
): InitializedToken {
  const words = step === undefined ? reason : `${step} answered ${reason}`;
  const result = { ready: false, token: listed(found), entry: undefined };
  if (found || initialised) {
    return {
      ...result,
      problem: `${words}; the token is initialised, and may have no user PIN: run this again to see, and with --finish to give it one`,
    };
  }
  if (MAKES_NONE.has(reason)) {
    return { ...result, problem: `${words}: make it by ${setUpTool(token.vendor)}` };
  }
  return { ...result, problem: `${words}; no token was made, and nothing is tried again` };
}

function reasonOf(decision: SetUpDecision): string {
  return decision.action === 'refuse' ? decision.reason : 'no token with its label is to be seen';
}

function listed(slot: SlotLook | undefined): ListedToken | undefined {
  return slot && listedToken(slot);
}

function entryOf({ token, pin, cwd }: InitTokenOptions): WrittenToken {
  const file = pin.newFile ?? pin.file;
  return { ...token, ...(file !== undefined && { pinFile: resolve(cwd, file) }) };
}
