import { setTimeout as wait } from 'node:timers/promises';
import type { TokenInfo, TokenSettings } from '../protocol/protocol.js';
import { TokenError } from '../protocol/token-error.js';
import { vendorProfile } from '../vendors/index.js';
import { CK, type Handle, initialize, type Library, returnValue } from './pkcs11.js';

/** Between two looks for a token that is not there; PKCS#11 has no event that every library sends. */
const LOOK_AGAIN_MS = 250;

/** A token and the slot it sits in. */
export interface FoundSlot {
  readonly slot: Handle;
  readonly info: TokenInfo;
  /** CK_TOKEN_INFO.flags */
  readonly flags: number;
  readonly threads: 'threads' | 'single';
  readonly maxSessions: number | undefined;
}

/** CK_EFFECTIVELY_INFINITE and CK_UNAVAILABLE_INFORMATION, in the widths libraries give them. */
const UNKNOWN_LIMITS = new Set([0, 0xff_ff_ff_ff, -1]);

/** What the token in this slot says about itself. Throws the library's error. */
export function tokenInfo(library: Library, slot: Handle): TokenInfo {
  return infoOf(library.C_GetTokenInfo(slot));
}

function infoOf(token: ReturnType<Library['C_GetTokenInfo']>): TokenInfo {
  const { major, minor } = token.firmwareVersion;
  return {
    label: token.label.replace(/[\0 ]+$/, ''),
    serial: token.serialNumber.replace(/[\0 ]+$/, ''),
    manufacturer: token.manufacturerID.replace(/[\0 ]+$/, ''),
    model: token.model.replace(/[\0 ]+$/, ''),
    firmware: `${major}.${minor}`,
  };
}

/** The token in this slot, and the octets of a PIN; undefined where it cannot be read. */
export function tokenInSlot(
  library: Library,
  slot: Handle,
): (Omit<FoundSlot, 'threads'> & { readonly pinBytes: readonly [number, number] }) | undefined {
  try {
    const token = library.C_GetTokenInfo(slot);
    const limit = token.maxRwSessionCount;
    const known = !UNKNOWN_LIMITS.has(limit) && Number.isSafeInteger(limit);
    return {
      slot,
      flags: token.flags,
      maxSessions: known ? limit : undefined,
      info: infoOf(token),
      pinBytes: [token.minPinLen, token.maxPinLen],
    };
  } catch (error) {
    // One slot's token may be unreadable while ours is fine in the next.
    if (returnValue(error) === undefined) throw error;
    return undefined;
  }
}

function look(library: Library, settings: TokenSettings): Omit<FoundSlot, 'threads'> | undefined {
  const matches = library
    .C_GetSlotList(true)
    .map((slot) => tokenInSlot(library, slot))
    .filter((found) => found !== undefined)
    .filter(({ info }) => settings.label === undefined || info.label === settings.label)
    .filter(({ info }) => settings.serial === undefined || info.serial === settings.serial);
  // Which of two tokens holds the keys is not ours to guess.
  if (matches.length > 1) {
    throw new RangeError('Several tokens match; name the one by its serial number');
  }
  return matches[0];
}

/**
 * Initialises the library and finds the token by serial number and label. Looks again, with a fresh
 * C_Initialize each time, until `startTimeoutMs` has passed: a network HSM's library initialises
 * while the HSM is down and then has no slots until it is initialised again.
 *
 * Throws the library's error, TokenError CKR_TOKEN_NOT_PRESENT, or RangeError for two matches.
 */
export async function findSlot(
  library: Library,
  settings: TokenSettings,
  onAbsent: () => void,
): Promise<FoundSlot> {
  if (settings.label === undefined && settings.serial === undefined) {
    throw new RangeError('A token needs a label or a serial number');
  }
  const until = Date.now() + settings.startTimeoutMs;
  const parameters = settings.libraryParameters ?? vendorProfile(settings.vendor).libraryParameters;
  for (let first = true; ; first = false) {
    const threads = initialize(library, parameters);
    const found = look(library, settings);
    if (found !== undefined) return { ...found, threads };
    library.C_Finalize();
    if (first) onAbsent();
    if (Date.now() + LOOK_AGAIN_MS >= until) throw new TokenError(CK.CKR_TOKEN_NOT_PRESENT);
    await wait(LOOK_AGAIN_MS);
  }
}
