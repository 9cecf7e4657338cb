import type { KeyClass } from '../protocol/key-objects.js';
import type { HostFault, TokenInfo, TokenSettings } from '../protocol/protocol.js';
import type { ReturnCodeAction } from '../protocol/return-codes.js';
import type { ManagementCallName, WorkerCallName } from '../protocol/token-calls.js';

/** What the management thread is made with. */
export interface ManagementData {
  readonly settings: TokenSettings;
}

/** What a session worker is made with. */
export interface WorkerData {
  readonly settings: TokenSettings;
  readonly slot: bigint;
}

/** An object as the threads know it: with its handle, which is worth nothing outside the host. */
export interface ObjectEntry {
  readonly ckaId: string;
  readonly label: string;
  readonly objectClass: KeyClass;
  readonly keyType: number | undefined;
  readonly handle: bigint;
}

/** A call on any session, with the handle of its key. The supervisor never reads `args`. */
export interface WorkerCall {
  readonly kind: 'worker-call';
  readonly id: number;
  readonly name: WorkerCallName;
  readonly key: bigint | undefined;
  /** Packed. */
  readonly args: Uint8Array;
}

/** A call for the management thread, which finds its objects itself. */
export interface ManagementCall {
  readonly kind: 'management-call';
  readonly id: number;
  readonly name: ManagementCallName;
  readonly ckaId: string;
  /** Packed. */
  readonly args: Uint8Array;
}

/** What the supervisor itself asks of the management thread. */
export type ManagementRequest =
  | { readonly kind: 'start'; readonly id: number; readonly pin: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'refresh'; readonly id: number; readonly login: boolean }
  | { readonly kind: 'finalize'; readonly id: number };

/** Closes the thread's session and ends the thread. */
export interface CloseRequest {
  readonly kind: 'close';
  readonly id: number;
}

export type ThreadRequest = WorkerCall | ManagementCall | ManagementRequest | CloseRequest;

/** How a piece of work ended. */
export type Outcome =
  | { readonly kind: 'result'; readonly value: Uint8Array }
  | { readonly kind: 'failed'; readonly rv: number; readonly action: ReturnCodeAction }
  | { readonly kind: 'fault'; readonly fault: HostFault; readonly message: string };

/** How the set of objects changed while the management thread worked. */
export interface ObjectsChange {
  /** Forget everything first. */
  readonly reset: boolean;
  /** CKA_IDs whose objects are forgotten before `added` is applied. */
  readonly removed: readonly string[];
  readonly added: readonly ObjectEntry[];
}

/** What the management thread found when it started. */
export interface TokenFound {
  readonly info: TokenInfo;
  readonly slot: bigint;
  readonly threads: 'threads' | 'single';
  /** The most sessions the token allows, undefined when it does not say. */
  readonly maxSessions: number | undefined;
}

export type ThreadReply =
  | ({ readonly kind: 'done'; readonly id: number } & ManagementAnswer)
  /** The thread is between two calls of one piece of work: it is slow, not hung. */
  | { readonly kind: 'progress' }
  /** C_Login is about to be called, once the supervisor has opened the gate. */
  | { readonly kind: 'login'; readonly gate: SharedArrayBuffer }
  /** The token is not there yet; the thread goes on looking. */
  | { readonly kind: 'absent' };

/** What the management thread answers, without the request's id. */
export interface ManagementAnswer {
  readonly outcome: Outcome;
  readonly objects?: ObjectsChange;
  readonly found?: TokenFound;
}

/** The outcome of a piece of work that returned nothing. */
export const NOTHING: Outcome = { kind: 'result', value: new Uint8Array(0) };
