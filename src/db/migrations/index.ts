import type { Knex } from 'knex';
import * as foundation from './0001-foundation.js';
import * as publicKeys from './0002-public-keys.js';
import * as iam from './0003-iam.js';
import * as grants from './0004-grants.js';
import * as policyPrincipals from './0005-policy-principals.js';
import * as keyLife from './0006-key-life.js';
import * as provenAlgorithms from './0007-proven-algorithms.js';
import * as grantPrincipals from './0008-grant-principals.js';
import * as mfaAttempts from './0009-mfa-attempts.js';
import * as auditOutbox from './0010-audit-outbox.js';
import * as orderOfChanges from './0011-order-of-changes.js';
import * as peerMessages from './0012-peer-messages.js';
import * as refusedPins from './0013-refused-pins.js';
import * as rowSeals from './0014-row-seals.js';
import * as keyAudience from './0015-key-audience.js';
import * as taggedKeys from './0016-tagged-keys.js';
import * as webIdentityIssuers from './0017-web-identity-issuers.js';
import * as passwordPolicies from './0020-password-policies.js';
import * as iamReports from './0021-iam-reports.js';
import * as pinTries from './0022-pin-tries.js';
import * as keyInvocations from './0023-key-invocations.js';
import * as wrappingKeys from './0024-wrapping-keys.js';
import * as installations from './0025-installations.js';
import * as rootPinSalt from './0026-root-pin-salt.js';
import * as auditChain from './0027-audit-chain.js';

interface NamedMigration extends Knex.Migration {
  readonly name: string;
}

/** In order of application. A migration that has been released is never edited. */
const all: readonly NamedMigration[] = [
  { name: '0001-foundation', ...foundation },
  { name: '0002-public-keys', ...publicKeys },
  { name: '0003-iam', ...iam },
  { name: '0004-grants', ...grants },
  { name: '0005-policy-principals', ...policyPrincipals },
  { name: '0006-key-life', ...keyLife },
  { name: '0007-proven-algorithms', ...provenAlgorithms },
  { name: '0008-grant-principals', ...grantPrincipals },
  { name: '0009-mfa-attempts', ...mfaAttempts },
  { name: '0010-audit-outbox', ...auditOutbox },
  { name: '0011-order-of-changes', ...orderOfChanges },
  { name: '0012-peer-messages', ...peerMessages },
  { name: '0013-refused-pins', ...refusedPins },
  { name: '0014-row-seals', ...rowSeals },
  { name: '0015-key-audience', ...keyAudience },
  { name: '0016-tagged-keys', ...taggedKeys },
  { name: '0017-web-identity-issuers', ...webIdentityIssuers },
  { name: '0020-password-policies', ...passwordPolicies },
  { name: '0021-iam-reports', ...iamReports },
  { name: '0022-pin-tries', ...pinTries },
  { name: '0023-key-invocations', ...keyInvocations },
  { name: '0024-wrapping-keys', ...wrappingKeys },
  { name: '0025-installations', ...installations },
  { name: '0026-root-pin-salt', ...rootPinSalt },
  { name: '0027-audit-chain', ...auditChain },
];

/** The migrations as code, so that they work from any build directory. */
export const migrations: Knex.MigrationSource<NamedMigration> = {
  getMigrations: async () => [...all],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => migration,
};
