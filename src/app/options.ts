import type { Config } from '../config/config.js';
import type { Log } from '../observe/log.js';

/** What a server is started with. */
export interface ServerOptions {
  readonly config: Config;
  readonly log: Log;
  /** Path of the compiled token host. */
  readonly tokenHostEntry: string;
  /** Path of the compiled worker of the crypto pool. */
  readonly cryptoWorkerEntry: string;
}
