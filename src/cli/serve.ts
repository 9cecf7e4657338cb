import { defineCommand, EXIT } from './core/command.js';

export const serve = defineCommand({
  name: 'serve',
  summary: 'serve until SIGINT or SIGTERM',
  options: {},
  examples: [
    ['strongroom serve', 'with strongroom.yaml of this directory, or the quick start'],
    [
      'node dist/src/main.js serve --config /etc/strongroom.yaml',
      "as a service unit's command: npx hands no signals on",
    ],
  ],
  exitCodes: {
    done: 'stopped by a signal, and everything was closed',
    failed: 'could not start; one line says why',
    usage: 'wrong usage or configuration',
  },
  async run(_options, { configuration, entries, tell }) {
    const config = configuration();
    const { startServer } = await import('../app/start.js');
    const { makeLog } = await import('../observe/log.js');
    const stopAsked = new Promise<NodeJS.Signals>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
    });
    const log = makeLog({ level: config.log.level });
    const server = await startServer({ config, log, ...entries });
    const { endpoint, credentialsFile } = server;
    tell([`Strongroom serves ${endpoint}; credentials in ${credentialsFile}`], {
      endpoint,
      credentialsFile,
    });
    const signal = await stopAsked;
    log.info({ signal }, 'stopping');
    await server.stop();
    return EXIT.done;
  },
});
