import { ensureQuickStartTokens } from '../../native-setup/quick-start.js';
import { TokenSetupRefusal } from '../../native-setup/softhsm/refusal.js';
import type { Config } from '../config/config.js';
import { isMissing, openDatabase } from '../db/database.js';
import { ownDirectory } from '../db/private-files.js';
import { StartError } from '../kernel/start-error.js';
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
  try {
    await ensureQuickStartTokens({
      dataDir: config.dataDir,
      tokens: made.map(({ id, trustAnchor }) => ({ id, trustAnchor: trustAnchor !== undefined })),
      makeTokensEntry,
      databaseExists: await databaseExists(config.databaseUrl.reveal()),
      log: print,
    });
  } catch (error) {
    throw error instanceof TokenSetupRefusal ? new StartError(error.message) : error;
  }
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
