import type { KeyObject } from 'node:crypto';
import type { Knex } from 'knex';
import { BrokenSeals } from '../../db/broken-seals.js';
import { migrate, openDatabase, requireWhole } from '../../db/database.js';
import { RowSeals } from '../../db/row-seals.js';
import { sealEveryRow } from '../../db/seal-rows.js';
import { StartError } from '../../kernel/start-error.js';
import type { WallClock } from '../../kernel/time.js';
import { InvocationRepository } from '../../keystores/invocations/invocation-repository.js';
import { Invocations } from '../../keystores/invocations/invocations.js';
import { RootKeyRepository } from '../../keystores/root-token/root-key-repository.js';
import { RootToken, WrongRootTokenError } from '../../keystores/root-token/root-token.js';
import { UnfitRootTokenError } from '../../keystores/root-token/root-token-trial.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { TokenInfo } from '../../token-host/protocol/protocol.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log' | 'told'> {
  readonly rootClient: TokenClient;
  readonly rootTokenInfo: TokenInfo;
  readonly wallClock: WallClock;
}

/**
 * The database, migrated, and the root key that seals its secrets and what its rows mean.
 * @throws StartError when the root token isn't this database's, or can't do its work; no row and no key
 * has been changed then
 */
export async function database(needs: Needs) {
  const { config, log, rootClient, rootTokenInfo, wallClock, told } = needs;
  const opened = await openDatabase({ url: config.databaseUrl.reveal() });
  try {
    await requireWhole(opened);
    const repository = new InvocationRepository(opened);
    const invocations = new Invocations({ repository, log, now: wallClock });
    const rootToken = new RootToken({
      client: rootClient,
      info: rootTokenInfo,
      bindings: new RootKeyRepository({ database: opened, now: wallClock }),
      invocations,
      now: wallClock,
      mayShareToken: told?.newDatabase === true,
    });
    await rootToken.verify();
    await migrate(opened);
    await rootToken.ensureRootKey();
    const brokenSeals = new BrokenSeals(log);
    const sealAll = async (transaction: Knex.Transaction, key: KeyObject) => {
      log.info({}, 'what the rows of this database mean is being sealed, once');
      await sealEveryRow(transaction, new RowSeals(key));
    };
    const seals = new RowSeals(await rootToken.rowKey(sealAll), (broken) =>
      brokenSeals.note(broken),
    );
    const provides = { database: opened, invocations, rootToken, seals, brokenSeals };
    return { provides, stop: () => opened.destroy() };
  } catch (error) {
    await opened.destroy();
    const refused = error instanceof WrongRootTokenError || error instanceof UnfitRootTokenError;
    throw refused ? new StartError(error.message) : error;
  }
}
