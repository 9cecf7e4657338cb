import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { startServer } from '../../src/app/start.js';
import { loadConfig } from '../../src/config/load-config.js';
import { makeLog } from '../../src/observe/log.js';
import { readSharedCredentials } from '../../src/services/iam/credentials/shared-credentials.js';
import { copyDataDirectory, PREPARED } from './prepared-data-directory.js';
import { REGION } from './strongroom.js';

export interface ServerHereSettings {
  /** Settings in the layout of strongroom.yaml. */
  readonly yaml?: Record<string, unknown>;
  /** The server's modules, where they are not a server's own. */
  readonly list?: Parameters<typeof startServer>[1];
  /** The worker of the crypto pool, where it isn't the compiled one. */
  readonly cryptoWorkerEntry?: string;
}

/** A server in the test's own process: for tests that put something of theirs in place of a part of it. */
export async function serverHere({ yaml = {}, list, ...entries }: ServerHereSettings) {
  const dir = await mkdtemp(join(tmpdir(), 'strongroom-here-'));
  await copyDataDirectory(process.env[PREPARED] ?? '', join(dir, 'data'));
  await writeFile(join(dir, 'strongroom.yaml'), stringify({ port: 0, ...yaml }));
  const options = {
    config: loadConfig({ env: {}, cwd: dir }),
    log: makeLog({ level: 'fatal' }),
    tokenHostEntry: resolve('dist/src/token-host/host/main.js'),
    cryptoWorkerEntry: resolve('dist/src/keystores/software/worker.js'),
    ...entries,
  };
  const server = await startServer(options, list);
  const credentials = await readSharedCredentials(server.credentialsFile);
  if (!credentials) throw new Error('the server wrote no credentials');
  return {
    dir,
    endpoint: server.endpoint,
    credentials,
    /** What a client needs to be root. */
    client: { endpoint: server.endpoint, region: REGION, credentials },
    dispose: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
