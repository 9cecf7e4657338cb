/** What binds the records of a server's audit trail: signed by the root token, known to the database. */
import { AuditChain } from '../audit/chain/chain.js';
import { DigestFiles } from '../audit/chain/digest-files.js';
import { HeadRepository } from '../audit/chain/head-repository.js';
import { Keeping } from '../audit/keeping.js';
import { unsentFiles } from '../audit/shipping/unsent.js';
import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import type { Owner } from '../db/node-identity.js';
import type { RowSeals } from '../db/row-seals.js';
import type { WallClock } from '../kernel/time.js';
import { AuditKey } from '../keystores/root-token/audit-key.js';
import { AuditKeyRepository } from '../keystores/root-token/audit-key-repository.js';
import type { RootToken } from '../keystores/root-token/root-token.js';
import type { TokenClient } from '../token-host/client/client.js';
import type { ServerOptions } from './options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly database: Database;
  readonly seals: RowSeals;
  readonly rootClient: TokenClient;
  readonly rootToken: RootToken;
  readonly owner: Owner;
  readonly wallClock: WallClock;
}

/** Opens the chain of a trail whose directory is this server's. */
export function openChain(needs: Needs): (dir: string) => Promise<AuditChain> {
  const { config, log, database, seals, rootClient, rootToken, owner, wallClock: now } = needs;
  const { nodeId, incarnation } = owner;
  const keys = new AuditKeyRepository({ database, seals, now });
  return (dir) =>
    AuditChain.open({
      ...{ dir, node: nodeId, process: incarnation, now, log },
      key: seals.keyFor(`strongroom audit ${nodeId}`),
      signer: new AuditKey({ client: rootClient, sealer: rootToken, keys, now }),
      heads: new HeadRepository(database, nodeId),
      keeper: new Keeping({
        ...{ ...config.audit, dir, digests: new DigestFiles(dir), now, log },
        unsent: () => unsentFiles(dir, receiversOf(config)),
      }),
    });
}

/** By name, those whom the settings name. */
function receiversOf({ audit: { shipping = {} } }: Pick<Config, 'audit'>): string[] {
  return Object.entries(shipping).flatMap(([name, to]) => (to?.url === undefined ? [] : [name]));
}
