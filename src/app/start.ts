/** The composition root: the modules of a server, in the order in which they start. */
import { Modules } from './module.js';
import { auditShipping } from './modules/audit-shipping.js';
import { calendar, changes } from './modules/changes.js';
import { dataDirectory } from './modules/data-directory.js';
import { database } from './modules/database.js';
import { figures } from './modules/figures.js';
import { http, internalHttp } from './modules/http.js';
import { credentials, directory } from './modules/identities.js';
import { installation, installed } from './modules/installation.js';
import { jobs } from './modules/jobs.js';
import { keyStores } from './modules/key-stores.js';
import { keyEvents, keyRecords } from './modules/keys.js';
import { measuring } from './modules/metrics.js';
import { operatorSocket } from './modules/operator-socket.js';
import { peerServer, peers } from './modules/peers.js';
import {
  cloudTrailService,
  iamServices,
  kmsService,
  taggingService,
  tokenIssuers,
} from './modules/services.js';
import { serving } from './modules/serving.js';
import { storedDocuments } from './modules/stored-documents.js';
import { tokens } from './modules/tokens.js';
import { tracing } from './modules/tracing.js';
import type { ServerOptions } from './options.js';
import { withFailuresWorded } from './start-failures.js';

/** Everything below the network. A further service is one line more. */
export const services = Modules.from<ServerOptions>()
  .with(measuring)
  .with(tracing)
  .with(dataDirectory)
  .with(installation)
  .with(tokens)
  .with(database)
  .with(installed)
  .with(changes)
  .with(calendar)
  .with(directory)
  .with(credentials)
  .with(keyStores)
  .with(keyRecords)
  .with(keyEvents)
  .with(peers)
  .with(serving)
  .with(auditShipping)
  .with(figures)
  .with(jobs)
  .with(kmsService)
  .with(tokenIssuers)
  .with(iamServices)
  .with(taggingService)
  .with(cloudTrailService)
  .with(peerServer)
  .with(storedDocuments);

/** The server. */
export const server = services.with(internalHttp).with(http).with(operatorSocket);

export interface RunningServer {
  readonly endpoint: string;
  readonly credentialsFile: string;
  /** Reads certificates again. @throws StartError when they are no good; those of before are kept */
  readonly reload: () => Promise<void>;
  /** Answers what is in work, logs out of every token, closes everything. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server. What was begun is undone, last first, when a later step fails.
 * @param list a server's modules; for a test, with one more
 * @throws StartError with one line for the operator.
 */
export async function startServer(
  options: ServerOptions,
  list: Pick<typeof server, 'start'> = server,
): Promise<RunningServer> {
  const { provided, stop } = await withFailuresWorded(options.config, () => list.start(options));
  const { endpoint, credentialsFile, reloadEndpoint, reloadInternal } = provided;
  const reload = async () => {
    await reloadEndpoint();
    await reloadInternal();
  };
  return { endpoint, credentialsFile, reload, stop };
}
