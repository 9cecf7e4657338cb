import type { TokenConfig } from '../../config/config.js';
import { StartError } from '../../kernel/start-error.js';
import { pinSourceOf } from '../../keystores/root-token/pin-source.js';
import { RefusedPin } from '../../keystores/root-token/refused-pin.js';
import { keepRootLogin, logInOnce } from '../../keystores/root-token/root-token-start.js';
import type { Metrics } from '../../observe/metrics.js';
import { TokenMetrics } from '../../observe/token-metrics.js';
import { TokenClient } from '../../token-host/client/client.js';
import type { ServerOptions } from '../options.js';

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
  metrics,
}: Pick<ServerOptions, 'config' | 'log' | 'tokenHostEntry'> & {
  readonly socketDir: string;
  readonly metrics: Metrics;
}) {
  const clients = new Map<string, TokenClient>();
  const figures = () => [...clients.values()].map((client) => client.figures);
  const tokenMetrics = new TokenMetrics(metrics, figures);
  const tokenFigures = () =>
    [...clients.values()].filter((client) => client !== rootClient).map(({ figures }) => figures);
  const clientOf = (settings: TokenConfig) => {
    const onCall = tokenMetrics.recorder(settings.id);
    const client = new TokenClient({ settings, entry: tokenHostEntry, socketDir, log, onCall });
    clients.set(settings.id, client);
    return client;
  };
  const settings = config.tokens.find(({ id }) => id === 'root');
  if (!settings) throw new StartError('no token with the id root is configured');
  const rootClient = clientOf(settings);
  try {
    const source = pinSourceOf(settings, { env: process.env, log });
    const refused = new RefusedPin(config.dataDir, settings.id);
    const login = await logInOnce(rootClient, source, refused);
    const endLogin = keepRootLogin(rootClient, login, source, refused, log);
    return {
      provides: { clientOf, rootClient, rootTokenInfo: login.info, tokenMetrics, tokenFigures },
      // Not before: a token that isn't the database's changes nothing.
      ready: () => {
        refused
          .prove(login.pin)
          .catch((err: unknown) => log.warn({ err }, 'that the PIN is right could not be noted'));
      },
      stop: () => {
        endLogin();
        return rootClient.stop();
      },
    };
  } catch (error) {
    await rootClient.stop();
    throw error;
  }
}
