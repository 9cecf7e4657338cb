import type { Config } from '../config/config.js';
import type { Log } from '../observe/log.js';

/** What a server is started with. */
export interface ServerOptions {
  readonly config: Config;
  readonly log: Log;
  /** Strongroom's own; undefined where nobody has read it. */
  readonly version?: string;
  /** Path of the compiled token host. */
  readonly tokenHostEntry: string;
  /** Path of the compiled worker of the crypto pool. */
  readonly cryptoWorkerEntry: string;
  /** What the operator has said of a data directory that looks like a copy, or like a lost one. */
  readonly told?: Told;
}

export interface Told {
  /** It is a copy, and is to leave the original's tokens and jobs alone. */
  readonly asCopy?: boolean;
  /** It was moved, and what still stands at its old place is used no longer. */
  readonly moved?: boolean;
  /** The database is new on purpose, although an earlier one has left something. */
  readonly newDatabase?: boolean;
}
