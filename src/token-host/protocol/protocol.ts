import type { ObjectRow } from './key-objects.js';
import type { ReturnCodeAction } from './return-codes.js';
import type { CallName } from './token-calls.js';

/** One token as the configuration names it. Times are in milliseconds. */
export interface TokenSettings {
  /** The token's id in the configuration; it is part of the host's command line. */
  readonly id: string;
  /** Path of the vendor's PKCS#11 library. */
  readonly module: string;
  /** The slot is found by serial number or label, never by index. At least one is needed. */
  readonly label?: string;
  readonly serial?: string;
  /** Name of a row of `vendors/`. */
  readonly vendor: string;
  /** Worker threads, one read-write session each. */
  readonly sessions: number;
  /** A running call older than this means that the host hangs. */
  readonly callTimeoutMs: number;
  /** The same for the management thread, whose calls (key generation) are slower. */
  readonly managementTimeoutMs: number;
  /** From spawning the host to a logged-in token with its objects read. */
  readonly startTimeoutMs: number;
  /** Calls accepted and not yet answered; one more is refused as busy. */
  readonly maxQueued: number;
  /** Added to the host's environment, for example SOFTHSM2_CONF. Never a secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** Overrides the vendor's string for C_Initialize (NSS needs one). */
  readonly libraryParameters?: string;
  /**
   * Decrypts RSA-OAEP with CKM_RSA_X_509 and takes the padding off in the token host, for a token
   * that lacks a hash (SoftHSM: all but SHA-1). A development aid, false unless set: the host's
   * timing may tell an attacker enough to decrypt (Manger's oracle).
   */
  readonly rawRsaOaep?: boolean;
}

/** What the token says about itself (CK_TOKEN_INFO, blanks trimmed). */
export interface TokenInfo {
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  /** major.minor */
  readonly firmware: string;
}

/** What the server sends. The arguments of a call are packed on their own (see `frames.ts`). */
export type ServerMessage =
  | readonly [kind: 'start', settings: TokenSettings, pin: Uint8Array]
  | readonly [
      kind: 'call',
      id: number,
      name: CallName,
      deadline: number,
      ckaId: string,
      args: Uint8Array,
    ]
  | readonly [kind: 'stop'];

/**
 * Why a call failed in the host, when the reason is not a return code. `not-run`: the host is about
 * to end and has not begun with the call, so that any call may be given to its successor.
 */
export type HostFault = (typeof HOST_FAULTS)[number];

export const HOST_FAULTS = [
  'no-such-key',
  'deadline',
  'busy',
  'unsafe-object',
  'invalid',
  'not-run',
] as const;

/** What the host sends. */
export type HostMessage =
  | readonly [kind: 'hello', nonce: Uint8Array]
  /** C_Login is about to be called. */
  | readonly [kind: 'login']
  /** C_Initialize worked and the token is not there yet. */
  | readonly [kind: 'absent']
  /** The objects that changed: `reset` forgets all, `removed` some, then `added` come in. */
  | readonly [
      kind: 'objects',
      reset: boolean,
      removed: readonly string[],
      added: readonly ObjectRow[],
    ]
  | readonly [kind: 'ready', info: TokenInfo]
  | readonly [kind: 'result', id: number, value: Uint8Array]
  | readonly [kind: 'failed', id: number, rv: number, action: ReturnCodeAction]
  | readonly [kind: 'fault', id: number, fault: HostFault, message: string]
  /** Ages in milliseconds of the oldest running call of the workers and of the management thread. */
  | readonly [kind: 'beat', workerAge: number, managementAge: number]
  /** The library must be started afresh, or the PIN was refused. The host serves no more. */
  | readonly [kind: 'fatal', rv: number, action: ReturnCodeAction]
  /** The host could not start for a reason other than a return code. */
  | readonly [kind: 'unstartable', message: string];

/** What the host reads from its standard input before anything else, as one line of JSON. */
export interface Greeting {
  readonly socketPath: string;
  /** Proves to the server that the caller is the child it started. Hexadecimal. */
  readonly nonce: string;
}

/** Calls that a worker thread may hold: the running one and the next. */
export const WORKER_DEPTH = 2;

/** Rows in one `objects` frame, so that a full token stays below the frame limit. */
export const OBJECT_ROWS_PER_FRAME = 1000;

/** Milliseconds between two heartbeats of a host whose calls may take `callTimeoutMs`. */
export function heartbeatInterval(callTimeoutMs: number): number {
  return Math.min(500, Math.max(50, Math.floor(callTimeoutMs / 8)));
}
