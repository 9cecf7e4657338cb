import type { LibraryLook, LookOrder, SlotLook } from '../protocol/library-look.js';
import { returnCode } from '../protocol/return-codes.js';
import { type Handle, initialize, type Library, loadLibrary, returnValue } from './pkcs11.js';
import { libraryInfo, slotInfo, slotNumber, tokenInSlot } from './slot.js';

/** Loads the library and reads what it says before any login. Finalizes it. Throws its error. */
export function lookAtLibrary({ module, libraryParameters }: LookOrder): LibraryLook {
  const library = loadLibrary(module);
  const threads = initialize(library, libraryParameters) === 'threads';
  try {
    const { major, minor } = library.C_GetInfo().cryptokiVersion;
    return {
      ...libraryInfo(library),
      cryptoki: `${major}.${minor}`,
      threads,
      slots: slotLooks(library),
    };
  } finally {
    library.C_Finalize();
  }
}

/** Why a look failed, in a few words: a return code by its name. */
export function lookFailure(error: unknown): string {
  const rv = returnValue(error);
  if (rv !== undefined) return returnCode(rv).name;
  return error instanceof Error ? error.message : 'unknown error';
}

/** Every slot with a token in it, as it is now. Throws the library's error. */
export function slotLooks(library: Library): SlotLook[] {
  return library.C_GetSlotList(true).map((slot) => slotLook(library, slot));
}

function slotLook(library: Library, slot: Handle): SlotLook {
  const found = tokenInSlot(library, slot);
  return {
    id: slotId(slot),
    ...slotInfo(library, slot),
    token: found?.info,
    flags: found?.flags ?? 0,
    maxSessions: found?.maxSessions,
    pinBytes: found?.pinBytes,
  };
}

/** CK_SLOT_ID in decimal. */
export function slotId(slot: Handle): string {
  return String(slotNumber(slot));
}
