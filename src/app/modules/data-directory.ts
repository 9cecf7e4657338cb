import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExclusiveLock, LockedError } from '../../db/exclusive-lock.js';
import { nodeIdentity } from '../../db/node-identity.js';
import { ownDirectory } from '../../db/private-files.js';
import { StartError } from '../../kernel/start-error.js';
import { wallClock } from '../../kernel/time.js';
import { refuseHalfRestored } from '../backup.js';
import type { ServerOptions } from '../options.js';
import { openSecrets } from '../secret-files.js';

/** A socket's whole path may have 107 octets, of which its name takes 30. */
const MAX_SOCKET_DIR_BYTES = 76;

/**
 * An empty directory for the token hosts' sockets. In the data directory, so that what a killed
 * server left goes with the next start; elsewhere when that path is too long for a socket.
 */
async function makeSocketDir(dataDir: string): Promise<string> {
  const dir = join(dataDir, 'run');
  if (Buffer.byteLength(dir) > MAX_SOCKET_DIR_BYTES) {
    return mkdtemp(join(tmpdir(), 'strongroom-'));
  }
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { mode: 0o700 });
  return dir;
}

async function lockDataDir(dataDir: string): Promise<ExclusiveLock> {
  try {
    return await ExclusiveLock.acquire(join(dataDir, 'server.lock'), 0);
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new StartError(`another server is running on the data directory ${dataDir}`);
  }
}

/**
 * The data directory, held by this server alone, and who this server is.
 * @throws StartError when another server holds it, or others can change what is in it
 */
export async function dataDirectory({ config, log }: Pick<ServerOptions, 'config' | 'log'>) {
  const { dataDir } = config;
  for (const { file, mode } of openSecrets(config)) {
    log.warn({ file, mode }, 'everybody on this machine may read a secret: chmod it to 0600');
  }
  await ownDirectory(dataDir);
  const lock = await lockDataDir(dataDir);
  try {
    await refuseHalfRestored(dataDir);
    const owner = await nodeIdentity(dataDir);
    const socketDir = await makeSocketDir(dataDir);
    return {
      provides: { owner, socketDir, wallClock: wallClock() },
      stop: async () => {
        await rm(socketDir, { recursive: true, force: true });
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
