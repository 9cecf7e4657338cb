/** Making a token ready for a server: its label, the security officer's PIN and the user's. */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError } from '../../config/config-error.js';
import { checkWrittenToken, type WrittenToken } from '../../config/written-token.js';
import { ExclusiveLock, LockedError } from '../../db/exclusive-lock.js';
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
import { removeNewPin } from './pin-files.js';
import { type PinOptions, pinsFor } from './set-up-pins.js';

const LOOK_MS = 20_000;
/** HSMs erase what they have before they are initialised. */
const SET_UP_MS = 300_000;

const LABEL_BYTES = 32;

/** Codes of a library that makes no tokens. */
const MAKES_NONE = new Set(['CKR_FUNCTION_NOT_SUPPORTED', 'CKR_ACTION_PROHIBITED']);

export interface InitTokenOptions extends PinOptions {
  /** What the server's configuration will say of it. Its `pinFile` is filled in here. */
  readonly token: Omit<WrittenToken, 'pinFile'>;
  readonly slot: string | undefined;
  /** The compiled token host. */
  readonly entry: string;
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
  const lock = await alone();
  try {
    return await made(options, wish);
  } finally {
    await lock.release();
  }
}

/** Two that both see no token with a label would make two of it. @throws StartError while another runs */
async function alone(): Promise<ExclusiveLock> {
  const user = process.geteuid?.() ?? 0;
  const file = join(tmpdir(), `strongroom-token-init-${user}.lock`);
  return await ExclusiveLock.acquire(file, 0).catch((error: unknown) => {
    if (!(error instanceof LockedError)) throw error;
    throw new StartError(`another token init is at work (it holds ${file})`);
  });
}

async function made(options: InitTokenOptions, wish: SetUpWish): Promise<InitializedToken> {
  const decision = decideSetUp(await slotsOf(options), wish);
  if (decision.action === 'refuse') return refused(decision, options);
  const { soPin, pin, made: files } = await pinsFor(decision.slot, options, options.token.id);
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
  if (!isThere) for (const path of files) await removeNewPin(path);
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
