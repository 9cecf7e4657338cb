import type { Database } from '../../db/database.js';
import type { Log } from '../../observe/log.js';
import type { IamRepository } from '../../services/iam/directory/iam-repository.js';
import type { ServerOptions } from '../options.js';
import { unreadableDocuments } from '../unreadable-documents.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly database: Database;
  readonly directory: IamRepository;
}

/** So many are named; of the others the log has the number. */
const MAX_NAMED = 20;

/** Names, while the server serves already, the stored policies that it can't read. */
export function storedDocuments({ config, log, ...stored }: Needs) {
  let stopped = false;
  let done: Promise<void> = Promise.resolve();
  const look = () => nameUnreadable({ ...stored, partition: config.partition }, log, () => stopped);
  return {
    provides: {},
    ready: () => {
      done = look().catch((error: unknown) =>
        log.error({ err: error }, 'the stored policies could not be read through'),
      );
    },
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

async function nameUnreadable(
  stored: Parameters<typeof unreadableDocuments>[0],
  log: Log,
  stopped: () => boolean,
): Promise<void> {
  let found = 0;
  for await (const { where, why } of unreadableDocuments(stored, stopped)) {
    found += 1;
    if (found <= MAX_NAMED) {
      log.warn({ policy: where, why }, 'a stored policy cannot be read: it denies everything');
    }
  }
  if (found > MAX_NAMED) {
    log.warn({ found }, 'stored policies cannot be read; strongroom doctor names them all');
  }
}
