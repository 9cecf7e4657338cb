import { endianness } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { TokenFacts } from '../../kernel/token-uri.js';
import type { TokenInfo, TokenSettings } from '../protocol/protocol.js';
import { TokenError } from '../protocol/token-error.js';
import { tokenMatcher } from '../protocol/token-name.js';
import { tokenProfile, vendorProfile } from '../vendors/index.js';
import { CK, type Handle, initialize, type Library, returnValue } from './pkcs11.js';
import { type SessionKind, workersSessions } from './session.js';

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
    label: trimmed(token.label),
    serial: trimmed(token.serialNumber),
    manufacturer: trimmed(token.manufacturerID),
    model: trimmed(token.model),
    firmware: `${major}.${minor}`,
  };
}

/**
 * The token in this slot, and the octets of a PIN; undefined where it cannot be read. `kind` is that of
 * most sessions.
 */
export function tokenInSlot(
  library: Library,
  slot: Handle,
  kind: SessionKind = 'read-write',
): (Omit<FoundSlot, 'threads'> & { readonly pinBytes: readonly [number, number] }) | undefined {
  try {
    const token = library.C_GetTokenInfo(slot);
    const limit = kind === 'read-only' ? token.maxSessionCount : token.maxRwSessionCount;
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

/** What the library says of its slot and itself is asked only where the settings name it. */
function factsOf(
  library: Library,
  { slot, info: token }: { readonly slot: Handle; readonly info: TokenInfo },
): TokenFacts {
  return {
    token,
    get slot() {
      return { id: slotNumber(slot), ...slotInfo(library, slot) };
    },
    get library() {
      return libraryInfo(library);
    },
  };
}

/** CK_SLOT_ID. pkcs11js hands the octets of the CK_ULONG over. */
export function slotNumber(slot: Handle): bigint {
  return endianness() === 'LE' ? slot.readBigUInt64LE() : slot.readBigUInt64BE();
}

/** CK_SLOT_INFO, blanks trimmed. Throws the library's error. */
export function slotInfo(library: Library, slot: Handle): Omit<TokenFacts['slot'], 'id'> {
  const { slotDescription, manufacturerID } = library.C_GetSlotInfo(slot);
  return { description: trimmed(slotDescription), manufacturer: trimmed(manufacturerID) };
}

/** CK_INFO, blanks trimmed. Throws the library's error. */
export function libraryInfo(library: Library): TokenFacts['library'] {
  const { libraryDescription, manufacturerID, libraryVersion } = library.C_GetInfo();
  const { major, minor } = libraryVersion;
  return {
    description: trimmed(libraryDescription),
    manufacturer: trimmed(manufacturerID),
    version: `${major}.${minor}`,
  };
}

function trimmed(text: string): string {
  return text.replace(/[\0 ]+$/, '');
}

type Matcher = ReturnType<typeof tokenMatcher>;

function look(
  library: Library,
  isNamed: Matcher,
  kind: SessionKind,
): Omit<FoundSlot, 'threads'> | undefined {
  const matches = library
    .C_GetSlotList(true)
    .map((slot) => tokenInSlot(library, slot, kind))
    .filter((found) => found !== undefined)
    .filter((found) => isNamed(factsOf(library, found)));
  // Which of two tokens holds the keys is not ours to guess.
  if (matches.length > 1) {
    throw new RangeError('Several tokens match; name the one by its serial number');
  }
  return matches[0];
}

/**
 * Initialises the library and finds the token that the settings name. Looks again, with a fresh
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
  const isNamed = tokenMatcher(settings);
  const kind = workersSessions(tokenProfile(settings));
  const until = Date.now() + settings.startTimeoutMs;
  const parameters = settings.libraryParameters ?? vendorProfile(settings.vendor).libraryParameters;
  for (let first = true; ; first = false) {
    const threads = initialize(library, parameters);
    const found = look(library, isNamed, kind);
    if (found !== undefined) return { ...found, threads };
    library.C_Finalize();
    if (first) onAbsent();
    if (Date.now() + LOOK_AGAIN_MS >= until) throw new TokenError(CK.CKR_TOKEN_NOT_PRESENT);
    await wait(LOOK_AGAIN_MS);
  }
}
