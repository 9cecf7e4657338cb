import { unpackResult } from '../protocol/call-packing.js';
import { packBody } from '../protocol/frames.js';
import type { ArgumentsOf, CallName, ResultOf } from '../protocol/token-calls.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { WrappedKey } from '../protocol/wrapped-keys.js';
import type { KeyUser } from './key-handles.js';
import type { Cure } from './recovery.js';
import type { ThreadLink } from './thread-link.js';

/** A call that has no answer yet. */
export interface PendingCall extends KeyUser {
  readonly id: number;
  readonly args: Buffer;
  readonly deadline: number;
  /** In milliseconds of performance.now(). */
  readonly begun: number;
  /** For whom it is made, as its client's options say. */
  readonly asker: unknown;
  /** Takes the packed result. Throws FrameError or ShapeError for what is none of this call. */
  readonly resolve: (result: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  /** The thread that has it. */
  link: ThreadLink | undefined;
  /** Hosts that ended while it ran in them. */
  deaths: number;
  /** See TokenClient.try. */
  readonly trial: boolean;
  readonly tried: Set<Cure>;
}

/** What is asked of a token, by whom it is waited for, and how long. */
export interface CallOrder<Name extends CallName> {
  readonly name: Name;
  readonly key: string | WrappedKey;
  readonly args: ArgumentsOf<Name>;
  readonly deadline: number;
  readonly trial: boolean;
}

/**
 * A call that is asked for just now; `resolve` and `reject` settle what its caller waits for.
 * @throws FrameError for arguments that are too large
 */
export function pendingCall<Name extends CallName>(
  id: number,
  { name, key, args, deadline, trial }: CallOrder<Name>,
  resolve: (result: ResultOf<Name>) => void,
  reject: (error: Error) => void,
  asker: unknown,
): PendingCall {
  return {
    ...{ id, name, deadline, trial, reject, asker },
    ckaId: typeof key === 'string' ? key : key.id,
    wrapped: typeof key === 'string' ? undefined : key,
    args: packBody(args),
    begun: performance.now(),
    resolve: (result) => resolve(unpackResult(name, result)),
    link: undefined,
    deaths: 0,
    searched: false,
    tried: new Set(),
  };
}

/** How a call that failed is counted. */
export function outcomeOf(error: Error): string {
  if (error instanceof TokenError) return error.code;
  return error instanceof TokenHostError ? error.kind : 'invalid';
}
