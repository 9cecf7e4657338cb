import type { ObjectRow } from './key-objects.js';
import type { ReturnCodeAction } from './return-codes.js';
import type { CallName } from './token-calls.js';
import type { TokenInfo } from './token-info.js';

export type { TokenInfo } from './token-info.js';

/** See `TokenSettings.threads`. */
export type ThreadLimit = 'auto' | 'single' | number;

/** One token as the configuration names it. Times are in milliseconds. */
export interface TokenSettings {
  /** The token's id in the configuration; it is part of the host's command line. */
  readonly id: string;
  /** Path of the vendor's PKCS#11 library. */
  readonly module: string;
  /** The slot is found by one of these, never by its index. */
  readonly label?: string;
  readonly serial?: string;
  /** RFC 7512; only its path counts. */
  readonly uri?: string;
  /** Name of a row of `vendors/`. */
  readonly vendor: string;
  /** Worker threads at most, one read-write session each. */
  readonly sessions: number;
  /**
   * How many of them may call the library: `single` is for one that takes one thread only and does
   * not say so. Default `auto`: as many as there are sessions, unless the library does not share its
   * state between threads.
   */
  readonly threads?: ThreadLimit;
  /** A running call older than this means that the host hangs. */
  readonly callTimeoutMs: number;
  /** The same for the management thread, whose calls (key generation) are slower. */
  readonly managementTimeoutMs: number;
  /** The longest silence of a host that starts: of C_Initialize, the search for the token, C_Login. */
  readonly startTimeoutMs: number;
  /** Keys that are kept wrapped outside the token and are loaded at a time. Default 128. */
  readonly loadedKeys?: number;
  /** Calls accepted and not yet answered; one more is refused as busy. */
  readonly maxQueued: number;
  /** Added to the host's environment, for example SOFTHSM2_CONF. Never a secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** In what this token differs from its vendor's profile: some of `Quirks`. */
  readonly quirks?: Readonly<Record<string, unknown>>;
  /** Overrides the vendor's string for C_Initialize (NSS needs one). */
  readonly libraryParameters?: string;
  /**
   * Decrypts RSA-OAEP with CKM_RSA_X_509 and takes the padding off in the token host, for a token
   * that lacks a hash (SoftHSM: all but SHA-1). A development aid, false unless set: the host's
   * timing may tell an attacker enough to decrypt (Manger's oracle).
   */
  readonly rawRsaOaep?: boolean;
}

/** The threads of a host, each with a connection of its own to the server. */
export type HostThread = 'supervisor' | 'management' | 'worker';

/** What the management thread found when it started. */
export interface TokenFound {
  readonly info: TokenInfo;
  /** CK_SLOT_ID, as eight octets. */
  readonly slot: Buffer;
  /** `single`: the library takes one thread only, as it said or the settings do. */
  readonly threads: 'threads' | 'single';
  /** The most sessions the token allows, undefined when it does not say. */
  readonly maxSessions: number | undefined;
}

/** What the server sends. The arguments of a call are packed on their own (see `frames.ts`). */
export type ServerMessage =
  /** To the supervisor: which token to serve. */
  | readonly [kind: 'start', settings: TokenSettings, pin: Uint8Array]
  /** To the supervisor: one more worker. */
  | readonly [kind: 'worker', slot: Buffer]
  /** To the supervisor: end. */
  | readonly [kind: 'stop']
  /** To the management thread: lists the objects. */
  | readonly [kind: 'list']
  /**
   * To the management thread or a worker. `handle` is that of the key, where the call has one, and
   * `login` the number of the login that it was found under.
   */
  | readonly [
      kind: 'call',
      id: number,
      name: CallName,
      ckaId: string,
      login: number,
      handle: Buffer | undefined,
      args: Uint8Array,
    ];

/** Why a call failed in the host, when the reason is not a return code. */
export type HostFault = (typeof HOST_FAULTS)[number];

export const HOST_FAULTS = ['no-such-key', 'unsafe-object', 'invalid'] as const;

/**
 * What a worker found when it opened its session. `unshared`: the library does not know that another
 * thread has initialised it. `not-logged-in`: nor that it has logged in. `no-session`: the token has
 * none left.
 */
export type WorkerProof = (typeof WORKER_PROOFS)[number];

export const WORKER_PROOFS = ['serving', 'unshared', 'not-logged-in', 'no-session'] as const;

/** What the host sends. */
export type HostMessage =
  | readonly [kind: 'hello', nonce: Uint8Array, thread: HostThread]
  /** C_Login is about to be called. */
  | readonly [kind: 'login']
  | readonly [kind: 'logged-in']
  /** C_Initialize worked and the token is not there yet. */
  | readonly [kind: 'absent']
  /** Logged in; calls are taken. */
  | readonly [kind: 'ready', found: TokenFound]
  /** Ages in milliseconds of the oldest running call of the workers and of the management thread. */
  | readonly [kind: 'beat', workerAge: number, managementAge: number]
  /** The token can't be served, or the PIN was refused. */
  | readonly [kind: 'fatal', rv: number, action: ReturnCodeAction]
  /** The token has one try left, so the PIN was not shown to it. */
  | readonly [kind: 'last-try']
  /** There is no such library, or not one such token. */
  | readonly [kind: 'misconfigured', message: string]
  /** The host could not start, or go on, for a reason other than a return code. */
  | readonly [kind: 'unstartable', message: string]
  /** A worker takes calls, or why it doesn't. */
  | readonly [kind: 'proof', proof: WorkerProof]
  /** The objects are listed anew from here; handles from before the login of this number are stale. */
  | readonly [kind: 'listing', login: number]
  /** Objects that are there; `removed` are forgotten first. */
  | readonly [kind: 'objects', removed: readonly string[], added: readonly ObjectRow[]]
  /** Every object that the token has was named since `listing`. */
  | readonly [kind: 'listed']
  | readonly [kind: 'result', id: number, value: Uint8Array]
  | readonly [kind: 'failed', id: number, rv: number, action: ReturnCodeAction]
  | readonly [kind: 'fault', id: number, fault: HostFault, message: string]
  /** The worker has no session to run the call on, and ends. */
  | readonly [kind: 'no-session', id: number];

/** What the host reads from its standard input before anything else, as one line of JSON. */
export interface Greeting {
  readonly socketPath: string;
  /** Proves to the server that the caller is the child it started. Hexadecimal. */
  readonly nonce: string;
}

/** Objects that the management thread reads between two calls. */
export const OBJECTS_PER_PAGE = 64;

/** Milliseconds between two heartbeats of a host whose calls may take `callTimeoutMs`. */
export function heartbeatInterval(callTimeoutMs: number): number {
  return Math.min(500, Math.max(50, Math.floor(callTimeoutMs / 8)));
}
