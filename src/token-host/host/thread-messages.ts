/** What the supervisor and the threads of a host say to one another; calls go over sockets. */
import type { Greeting, HostFault, TokenFound, TokenSettings } from '../protocol/protocol.js';
import type { ReturnCodeAction } from '../protocol/return-codes.js';

/** What the management thread is made with. */
export interface ManagementData {
  readonly settings: TokenSettings;
  readonly greeting: Greeting;
  readonly pin: Uint8Array;
  /** `Activity` buffers: of its own work, and of workers' calls where it runs these. */
  readonly managing: SharedArrayBuffer;
  readonly working: SharedArrayBuffer;
  /** The buffer of `Logins`. */
  readonly logins: SharedArrayBuffer;
}

/** What a worker is made with. */
export interface WorkerData {
  readonly settings: TokenSettings;
  readonly greeting: Greeting;
  /** CK_SLOT_ID, as eight octets. */
  readonly slot: Uint8Array;
  readonly working: SharedArrayBuffer;
  readonly logins: SharedArrayBuffer;
}

/** Closes the thread's sessions and ends the thread; the management thread finalizes the library. */
export interface CloseOrder {
  readonly kind: 'close';
}

/** What the management thread reports of the token, which the server is to hear in this order. */
export type ManagementReport =
  /** C_Login is about to be called, once the supervisor has opened the gate. */
  | { readonly kind: 'login'; readonly gate: SharedArrayBuffer }
  | { readonly kind: 'logged-in' }
  /** The token is not there yet; the thread goes on looking. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'last-try' }
  | { readonly kind: 'ready'; readonly found: TokenFound }
  | { readonly kind: 'fatal'; readonly rv: number; readonly action: ReturnCodeAction }
  | { readonly kind: 'misconfigured' | 'unstartable'; readonly message: string };

/** How a call ended. */
export type Outcome =
  | { readonly kind: 'result'; readonly value: Uint8Array }
  | { readonly kind: 'failed'; readonly rv: number; readonly action: ReturnCodeAction }
  | { readonly kind: 'fault'; readonly fault: HostFault; readonly message: string };
