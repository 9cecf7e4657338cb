/** Where the operator's socket is: servers and commands find it by the data directory. */
import { join } from 'node:path';

/** The kernel's limit for the path of a Unix socket (sun_path), less the closing zero. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** 0700. */
export const runDirectory = (dataDir: string) => join(dataDir, 'run');

/** 0600. */
export const operatorSocketPath = (dataDir: string) => join(runDirectory(dataDir), 'operator.sock');
