import type { Quirks } from '../vendors/quirks.js';
import { CK, type Handle, type Library, returnValue } from './pkcs11.js';

/** Where a thread's calls get the session from that they run on. */
export interface SessionSource {
  /** The open session. Throws the library's error when none can be opened. */
  open(): Handle;
  /** Gives the session up after an error that may have left it broken; the next call opens another. */
  recycle(): void;
}

/**
 * One session of one thread, opened when first needed. Only its own thread may use it:
 * a session that closes under a running call crashes the library.
 */
export class Session implements SessionSource {
  readonly #library: Library;
  readonly #slot: Handle;
  readonly #kind: SessionKind;
  #handle: Handle | undefined;

  constructor(library: Library, slot: Handle, kind: SessionKind) {
    this.#library = library;
    this.#slot = slot;
    this.#kind = kind;
  }

  open(): Handle {
    this.#handle ??= openSession(this.#library, this.#slot, this.#kind);
    return this.#handle;
  }

  recycle(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle !== undefined) closeSession(this.#library, handle);
  }
}

/** See `Quirks.readOnlySessions`. */
export type SessionKind = 'read-write' | 'read-only';

/** The kind of the sessions in which keys are used. */
export function workersSessions({ readOnlySessions }: Quirks): SessionKind {
  return readOnlySessions === 'none' ? 'read-write' : 'read-only';
}

/** The kind of those in which they are made. */
export function managementSessions({ readOnlySessions }: Quirks): SessionKind {
  return readOnlySessions === 'all' ? 'read-only' : 'read-write';
}

export function openSession(library: Library, slot: Handle, kind: SessionKind): Handle {
  const write = kind === 'read-write' ? CK.CKF_RW_SESSION : 0;
  return library.C_OpenSession(slot, CK.CKF_SERIAL_SESSION | write);
}

/** Whether the user's login counts in this session. Throws the library's error. */
export function seesUser(library: Library, session: Handle): boolean {
  const { state } = library.C_GetSessionInfo(session);
  return state === CK.CKS_RW_USER_FUNCTIONS || state === CK.CKS_RO_USER_FUNCTIONS;
}

/** Closes a session that may be broken. Its own return code says nothing that matters any more. */
export function closeSession(library: Library, handle: Handle): void {
  try {
    library.C_CloseSession(handle);
  } catch (error) {
    if (returnValue(error) === undefined) throw error;
  }
}
