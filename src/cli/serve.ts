import { startServer } from '../app/start.js';
import type { Config } from '../config/config.js';
import { makeLog } from '../observe/log.js';

/** Serves until SIGINT or SIGTERM. Resolves when everything is closed. @throws StartError */
export async function serve(
  config: Config,
  entries: { readonly tokenHostEntry: string; readonly cryptoWorkerEntry: string },
  print: (line: string) => void,
): Promise<void> {
  const stopAsked = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  const log = makeLog({ level: config.log.level });
  const server = await startServer({ config, log, ...entries });
  print(`Strongroom serves ${server.endpoint}; credentials in ${server.credentialsFile}`);
  const signal = await stopAsked;
  log.info({ signal }, 'stopping');
  await server.stop();
}
