import { randomBytes } from 'node:crypto';
import type { ChangeFeed } from '../../db/changes.js';
import type { Database } from '../../db/database.js';
import type { RowSeals } from '../../db/row-seals.js';
import type { Sealer } from '../../kernel/sealing.js';
import type { WallClock } from '../../kernel/time.js';
import { AccessKeyRepository } from '../../services/iam/credentials/access-key-repository.js';
import { AccessKeys } from '../../services/iam/credentials/access-keys.js';
import { AccountRepository } from '../../services/iam/credentials/account-repository.js';
import { ensureFirstCredentials } from '../../services/iam/credentials/first-credentials.js';
import { openSessionKey } from '../../services/iam/credentials/session-key.js';
import { SessionKeyRepository } from '../../services/iam/credentials/session-key-repository.js';
import { SessionTokens } from '../../services/iam/credentials/session-token.js';
import { IamRepository } from '../../services/iam/directory/iam-repository.js';
import { Principals } from '../../services/iam/directory/principals.js';
import { PasswordPolicyRepository } from '../../services/iam/password-policy/password-policy-repository.js';
import { ReportRepository } from '../../services/iam/reports/report-repository.js';
import { ServiceUses } from '../../services/iam/reports/service-uses.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config'> {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
}

/** Who there is: users, roles and groups, and their policies. */
export function directory({ config, database, changes, seals }: Needs) {
  const entities = new IamRepository({ database, changes, seals });
  const accounts: ReadonlySet<string> = new Set([config.accountId, ...config.accounts]);
  const principals = new Principals({
    directory: entities,
    partition: config.partition,
    accounts,
    ownAccountId: config.accountId,
    lease: changes.lease,
  });
  changes.on('iam', 'principals', (ref) => principals.forget(ref));
  const passwordPolicies = new PasswordPolicyRepository({ database, changes, seals });
  const reports = new ReportRepository({ database, seals });
  return { provides: { directory: entities, principals, accounts, passwordPolicies, reports } };
}

/** Access keys and session tokens; the root user and the configured services can sign from here on. */
export async function credentials({
  config,
  log,
  database,
  changes,
  seals,
  principals,
  rootToken,
  wallClock,
}: Needs &
  Pick<ServerOptions, 'log'> & {
    readonly principals: Principals;
    readonly rootToken: Sealer;
    readonly wallClock: WallClock;
  }) {
  const sessionKeys = new SessionKeyRepository({ database, now: wallClock });
  const sessionTokens = new SessionTokens({
    key: await openSessionKey(sessionKeys, rootToken, wallClock),
    randomBytes,
  });
  const repository = new AccessKeyRepository({ database, changes, seals });
  const accessKeys = new AccessKeys({
    repository,
    sealer: rootToken,
    principals,
    sessionTokens,
    changes,
    services: new Set(config.services.map(({ principal }) => principal)),
    now: wallClock,
    log,
  });
  await ensureFirstCredentials({
    identities: config,
    accessKeys,
    repository,
    accounts: new AccountRepository({ database, now: wallClock }),
  });
  const serviceUses = new ServiceUses({ database, now: wallClock, log });
  return {
    provides: { accessKeys, sessionTokens, serviceUses },
    stop: async () => {
      await accessKeys.stop();
      await serviceUses.stop();
    },
  };
}
