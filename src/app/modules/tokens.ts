import type { TokenConfig } from '../../config/config.js';
import type { Owner } from '../../db/node-identity.js';
import { StartError } from '../../kernel/start-error.js';
import type { WallClock } from '../../kernel/time.js';
import { PinMemory } from '../../keystores/root-token/pin-memory.js';
import { pinSourceOf } from '../../keystores/root-token/pin-source.js';
import { RefusedPin } from '../../keystores/root-token/refused-pin.js';
import { keepRootLogin, logInOnce } from '../../keystores/root-token/root-token-start.js';
import type { Metrics } from '../../observe/metrics.js';
import { TokenMetrics } from '../../observe/token-metrics.js';
import type { OpenSpan, Tracer } from '../../observe/tracer.js';
import { TokenClient } from '../../token-host/client/client.js';
import type { CallListener } from '../../token-host/client/token-figures.js';
import type { ServerOptions } from '../options.js';
import { openSharedPins } from '../shared-pins.js';
import { traceTokenCall } from './tracing.js';

/**
 * The root token, logged in once. It comes before the database: until it has proved to be the
 * database's, nothing is changed.
 * @throws StartError when it is missing, away or refuses the PIN
 */
export async function tokens({
  config,
  log,
  tokenHostEntry,
  socketDir,
  owner,
  wallClock,
  metrics,
  tracer,
}: Pick<ServerOptions, 'config' | 'log' | 'tokenHostEntry'> & {
  readonly socketDir: string;
  readonly owner: Owner;
  readonly wallClock: WallClock;
  readonly metrics: Metrics;
  readonly tracer: Tracer | undefined;
}) {
  const clients = new Map<string, TokenClient>();
  const figures = () => [...clients.values()].map((client) => client.figures);
  const tokenMetrics = new TokenMetrics(metrics, figures);
  const tokenFigures = () =>
    [...clients.values()].filter((client) => client !== rootClient).map(({ figures }) => figures);
  const clientOf = (settings: TokenConfig) => {
    const listening = listenerOf(settings.id, tokenMetrics, tracer);
    const options = { settings, entry: tokenHostEntry, socketDir, log };
    const client = new TokenClient({ ...options, ...listening });
    clients.set(settings.id, client);
    return client;
  };
  const settings = config.tokens.find(({ id }) => id === 'root');
  if (!settings) throw new StartError('no token with the id root is configured');
  const rootClient = clientOf(settings);
  const shared = await openSharedPins({ config, owner, wallClock, makesTables: true });
  try {
    const source = pinSourceOf(settings, { env: process.env, log });
    const memory = new PinMemory(new RefusedPin(config.dataDir, settings.id), shared?.pins);
    const login = await logInOnce(rootClient, source, memory);
    const endLogin = keepRootLogin(rootClient, login, source, memory, log);
    return {
      provides: { clientOf, rootClient, rootTokenInfo: login.info, tokenMetrics, tokenFigures },
      // Not before: a token that isn't the database's changes nothing.
      ready: () => {
        memory
          .prove(login.pin)
          .catch((err: unknown) => log.warn({ err }, 'that the PIN is right could not be noted'));
      },
      stop: async () => {
        endLogin();
        await rootClient.stop();
        await shared?.close();
      },
    };
  } catch (error) {
    await rootClient.stop();
    await shared?.close();
    throw error;
  }
}

/** What is told of a token's calls, and by whom they were asked for where that is traced. */
function listenerOf(
  token: string,
  metrics: TokenMetrics,
  tracer: Tracer | undefined,
): { readonly onCall: CallListener; readonly asker?: () => OpenSpan | undefined } {
  const record = metrics.recorder(token);
  if (!tracer) return { onCall: record };
  return {
    asker: () => tracer.active,
    onCall: (call, outcome, milliseconds, asker) => {
      record(call, outcome, milliseconds);
      // `asker` has said so.
      const span = asker as OpenSpan | undefined;
      if (span) traceTokenCall(tracer, span, { token, call, outcome, milliseconds });
    },
  };
}
