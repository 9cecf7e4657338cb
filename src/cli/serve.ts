import { defineCommand, EXIT } from './core/command.js';

export const serve = defineCommand({
  name: 'serve',
  summary: 'serve until SIGINT or SIGTERM',
  options: {
    'as-copy': {
      flag: true,
      description:
        'the data directory is a copy: make it a server of its own, which never destroys what it shares with the original',
    },
    moved: {
      flag: true,
      description:
        'the data directory was moved, and what is still at its old place is used no longer',
    },
    'new-database': {
      flag: true,
      description: 'begin a new database although an earlier one left credentials, records or keys',
    },
  },
  examples: [
    ['strongroom serve', 'with strongroom.yaml of this directory, or the quick start'],
    [
      'node dist/src/main.js serve --config /etc/strongroom.yaml',
      "as a service unit's command: npx hands no signals on",
    ],
    [
      'strongroom serve --config staging.yaml --as-copy',
      'a copy of production, for tests: the same keys, and production loses none of them',
    ],
  ],
  exitCodes: {
    done: 'stopped by a signal, and everything was closed',
    failed: 'could not start; one line says why',
    usage: 'wrong usage or configuration',
  },
  async run(
    { 'as-copy': asCopy, moved, 'new-database': newDatabase },
    { configuration, entries, tell },
  ) {
    const config = configuration();
    const { startServer } = await import('../app/start.js');
    const { makeLog } = await import('../observe/log.js');
    const stopAsked = new Promise<NodeJS.Signals>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
    });
    const log = makeLog({ level: config.log.level });
    const server = await startServer({
      ...{ config, log, ...entries },
      told: { asCopy, moved, newDatabase },
    });
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
