import { defineCommand, EXIT } from './core/command.js';
import { stopSignals } from './core/signals.js';

export const serve = defineCommand({
  name: 'serve',
  summary: 'serve until SIGINT or SIGTERM; SIGHUP reads certificates and the log level again',
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
      "as a service unit's command, with ExecReload=/bin/kill -HUP $MAINPID",
    ],
    [
      'strongroom serve --config staging.yaml --as-copy',
      'a copy of production, for tests: the same keys, and production loses none of them',
    ],
  ],
  exitCodes: {
    done: 'stopped by a signal, and everything was closed',
    failed: 'could not start, and one line says why; or a second signal ended it at once',
    usage: 'wrong usage or configuration',
    unreachable: 'the database cannot be reached, and nothing was started',
  },
  async run(
    { 'as-copy': asCopy, moved, 'new-database': newDatabase },
    { configuration, entries, version, tell },
  ) {
    const config = configuration();
    const { startServer } = await import('../app/start.js');
    const { makeLog } = await import('../observe/log.js');
    const stops = stopSignals(process.env);
    const log = makeLog({ level: config.log.level });
    // Until there is something to read again a closed terminal is nothing to die of.
    let reload = async () => {};
    process.on('SIGHUP', () => void reload());
    const server = await startServer({
      ...{ config, log, version, ...entries },
      told: { asCopy, moved, newDatabase },
    });
    const { endpoint, credentialsFile } = server;
    tell([`Strongroom serves ${endpoint}; credentials in ${credentialsFile}`], {
      endpoint,
      credentialsFile,
    });
    reload = async () => {
      try {
        log.level = configuration().log.level;
        await server.reload();
        log.info({}, 'the log level and the certificates were read again');
      } catch (err) {
        log.error({ err }, 'what was to be read again is no good; what was read before is kept');
      }
    };
    const signal = await stops.asked;
    log.info({ signal }, 'stopping');
    const again = stops.askedAgain.then((second) => {
      log.warn({ signal: second }, 'ending at once');
      return EXIT.failed;
    });
    return Promise.race([server.stop().then(() => EXIT.done), again]);
  },
});
