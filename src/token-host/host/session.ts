import { CK, type Handle, type Library, returnValue } from './pkcs11.js';

/** Where a thread's calls get the session from that they run on. */
export interface SessionSource {
  /** The open session. Throws the library's error when none can be opened. */
  open(): Handle;
  /** Gives the session up after an error that may have left it broken; the next call opens another. */
  recycle(): void;
}

/**
 * One read-write session of one thread, opened when first needed. Only its own thread may use it:
 * a session that closes under a running call crashes the library.
 */
export class Session implements SessionSource {
  readonly #library: Library;
  readonly #slot: Handle;
  #handle: Handle | undefined;

  constructor(library: Library, slot: Handle) {
    this.#library = library;
    this.#slot = slot;
  }

  open(): Handle {
    this.#handle ??= openSession(this.#library, this.#slot);
    return this.#handle;
  }

  recycle(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined) closeSession(this.#library, handle);
  }
}

/** Opens a read-write session: some HSMs reject read-only ones. */
export function openSession(library: Library, slot: Handle): Handle {
  return library.C_OpenSession(slot, CK.CKF_SERIAL_SESSION | CK.CKF_RW_SESSION);
}

/** Closes a session that may be broken. Its own return code says nothing that matters any more. */
export function closeSession(library: Library, handle: Handle): void {
  try {
    library.C_CloseSession(handle);
  } catch (error) {
    if (returnValue(error) === undefined) throw error;
  }
}
