import type { CallName } from '../protocol/token-calls.js';

/**
 * - `stopped`: not started, or stopped.
 * - `starting`: the first host is on its way.
 * - `ready`: calls are answered.
 * - `replacing`: a host died or was killed; calls wait for its successor.
 * - `absent`: the token cannot be reached; calls fail at once, and attempts go on.
 * - `refused`: the token refused the PIN. Nothing is tried again by itself.
 */
export type TokenState = 'stopped' | 'starting' | 'ready' | 'replacing' | 'absent' | 'refused';

/** How a token host ended. */
export type HostEndCause = 'killed' | 'crashed' | 'hung' | 'reported';

/** What an operator may know of a token, as it is at this moment. */
export interface TokenFigures {
  readonly tokenId: string;
  readonly state: TokenState;
  /** Why the token is absent or refused: CKR_… or what its host met. */
  readonly reason: string | undefined;
  /** Logins since the server started. */
  readonly logins: number;
  /** Token hosts that ended unasked since the server started, by how. */
  readonly ends: Readonly<Record<HostEndCause, number>>;
  /** Threads that make calls of any session now. */
  readonly threads: number;
  /** Whether a worker has proved that it shares the library's state; `single`: it does not. */
  readonly sharing: 'shared' | 'single' | 'untried';
  /** Calls that have no answer yet. */
  readonly pending: number;
  /** Objects in the token, by CKA_ID; undefined before it was first read to its end. */
  readonly objects: number | undefined;
}

/** How a call ended, for whoever measures: `ok`, CKR_… or a kind of TokenHostError. */
export type CallListener = (
  name: CallName,
  outcome: string,
  milliseconds: number,
  /** What `asker` of the client's options said when it was asked for. */
  asker: unknown,
) => void;
