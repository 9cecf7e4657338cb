/** What a token host tells the server, from its start to its end. */
import type { HostMessage, TokenFound } from '../protocol/protocol.js';
import type { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { HostEndCause } from './token-figures.js';

/** The answer to one call. */
export type Reply = HostMessage & { 0: 'result' | 'failed' | 'fault' | 'no-session' };

/** What a host says of the token's objects. */
export type ObjectsMessage = HostMessage & { 0: 'listing' | 'objects' | 'listed' };

/** Why a host is no more. */
export interface HostEnd {
  readonly error: TokenError | TokenHostError;
  /**
   * `killed`: by a SIGKILL that was not ours, which no call is to blame for. `crashed`: by itself.
   * `hung`: by us. `reported`: it said why it cannot go on.
   */
  readonly cause: HostEndCause;
  /** It had called C_Login and not said that this went well. */
  readonly loginPending: boolean;
}

/** What a host reports. `onEnd` comes once, and nothing after it but what became of a login. */
export interface HostEvents {
  readonly onAbsent: () => void;
  /** C_Login comes next. This and what came of it are told of a host that was stopped, too. */
  readonly onLogin: () => void;
  readonly onLoggedIn: () => void;
  readonly onLoginFailed: (rv: number) => void;
  readonly onReady: (found: TokenFound) => void;
  readonly onObjects: (message: ObjectsMessage) => void;
  readonly onReply: (reply: Reply) => void;
  /** A thread takes calls that did not before. */
  readonly onRoom: () => void;
  /** See WorkerPoolEvents. */
  readonly onSingle: () => void;
  readonly onNotLoggedIn: () => void;
  readonly onEnd: (end: HostEnd) => void;
}
