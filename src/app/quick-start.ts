import { ensureQuickStartTokens } from '../../native-setup/quick-start.js';
import { TokenSetupRefusal } from '../../native-setup/softhsm/refusal.js';
import type { Config } from '../config/config.js';
import { isMissing, openDatabase } from '../db/database.js';
import { ownDirectory } from '../db/private-files.js';
import { StartError } from '../kernel/start-error.js';
import { pinSourceOf } from '../keystores/root-token/pin-source.js';
import { RefusedPin } from '../keystores/root-token/refused-pin.js';
import { RootKeyRepository } from '../keystores/root-token/root-key-repository.js';
import { withFailuresWorded } from './start-failures.js';

/**
 * Makes the data directory and the quick start's SoftHSM tokens where they are missing. Repeating it
 * changes nothing.
 * @throws StartError when making a token could hide that another one is lost.
 */
export function makeQuickStart(
  config: Config,
  makeTokensEntry: string,
  print: (line: string) => void,
): Promise<void> {
  return withFailuresWorded(config, () => make(config, makeTokensEntry, print));
}

async function make(
  config: Config,
  makeTokensEntry: string,
  print: (line: string) => void,
): Promise<void> {
  await ownDirectory(config.dataDir);
  const made = config.tokens.filter(({ id }) => config.quickStart.includes(id));
  if (made.length === 0) return;
  const hasDatabase = await databaseExists(config.databaseUrl.reveal());
  try {
    await ensureQuickStartTokens({
      dataDir: config.dataDir,
      tokens: made.map(({ id, trustAnchor }) => ({ id, trustAnchor: trustAnchor !== undefined })),
      makeTokensEntry,
      databaseExists: hasDatabase,
      log: print,
    });
  } catch (error) {
    throw error instanceof TokenSetupRefusal ? new StartError(error.message) : error;
  }
  const root = made.find(({ id }) => id === 'root');
  if (root && !hasDatabase) await provePinOf(root, config);
}

/** The PIN of a token that was made here is right: a first start that is killed has spent no try. */
async function provePinOf(root: Config['tokens'][number], { dataDir }: Config): Promise<void> {
  // It is in a file, of which there is nothing to log.
  const pin = await pinSourceOf(root, { env: {}, log: { warn: () => undefined } }).read();
  await new RefusedPin(dataDir, root.id).prove(pin);
  pin.fill(0);
}

/** Whether the configured database already belongs to a root token. */
async function databaseExists(url: string): Promise<boolean> {
  if (isMissing({ url })) return false;
  const database = await openDatabase({ url });
  try {
    return (await new RootKeyRepository({ database, now: Date.now }).find()) !== undefined;
  } finally {
    await database.destroy();
  }
}
