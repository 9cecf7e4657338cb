import type { BackOff } from '../../kernel/back-off.js';
import type { TokenSettings } from '../protocol/protocol.js';
import type { CallListener } from './token-figures.js';

/** The part of a logger that the client needs. Nothing secret is ever passed to it. */
export interface TokenLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What a `TokenClient` is made with. Times are in milliseconds. */
export interface TokenClientOptions {
  readonly settings: TokenSettings;
  /** Path of the compiled `main.js` of the token host. */
  readonly entry: string;
  /** Made with mode 0700 when missing; refused when others can enter it. */
  readonly socketDir: string;
  readonly log: TokenLog;
  /** Waits between attempts to reach an absent token. Default 250 to 10,000. */
  readonly backOff?: BackOff;
  /** Is told how each call ended. */
  readonly onCall?: CallListener;
  /** For whom a call is made that is being asked for: told at its end. */
  readonly asker?: () => unknown;
  /** How long `stop` waits for running calls, and again for the host to end. Default 5,000. */
  readonly stopGraceMs?: number;
}

export const DEFAULT_BACK_OFF: BackOff = { firstMs: 250, maxMs: 10_000 };
