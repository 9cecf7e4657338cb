import { randomBytes } from 'node:crypto';
import type { Database } from '../../db/database.js';
import { StartError } from '../../kernel/start-error.js';
import type { WallClock } from '../../kernel/time.js';
import type { RootToken } from '../../keystores/root-token/root-token.js';
import { MfaAttempts } from '../../services/iam/mfa/mfa-attempts.js';
import { MfaCodes } from '../../services/iam/mfa/mfa-codes.js';
import { IssuerAddresses } from '../../services/iam/oidc/issuer-address.js';
import { OidcTokens } from '../../services/iam/oidc/oidc-tokens.js';
import { type IamPorts, iam, sts } from '../../services/iam/service.js';
import { PendingKeyUses } from '../../services/kms/events/pending-use.js';
import { grantableOf } from '../../services/kms/grants/grantable.js';
import { TaggedKeys } from '../../services/kms/keys/tagged-keys.js';
import { type KeyTags, type KmsPort, makeKmsPort } from '../../services/kms/port.js';
import { sections } from '../../services/kms/registry.js';
import { type KmsPorts, kms } from '../../services/kms/service.js';
import { taggableKeys } from '../../services/tagging/kms-keys.js';
import { tagging } from '../../services/tagging/service.js';
import { actionNames, findAction } from '../known-actions.js';
import type { ServerOptions } from '../options.js';
import type { Serving, SharedPorts, Signing } from './serving.js';

/** Where AWS's global services sign: IAM, and STS's old endpoint, also under Java's name for it. */
const GLOBAL = {
  regions: ['us-east-1'],
  regionNames: { 'aws-global': 'us-east-1' },
} satisfies Signing;

/** STS takes presigned requests, and gives every signature a quarter of an hour. */
const STS_SIGNING = { ...GLOBAL, presigned: true, maxSkewMs: 15 * 60_000 } satisfies Signing;

type KmsNeeds = Omit<KmsPorts, keyof SharedPorts | 'pendingKeyUses' | 'grantable'> &
  Pick<ServerOptions, 'log'> & { readonly serving: Serving; readonly database: Database };

/** AWS KMS, and what other services may ask of it. */
export function kmsService({ serving, database, ...ports }: KmsNeeds) {
  const { events, log, newId, calendar } = ports;
  const pendingKeyUses = new PendingKeyUses({ events, log, newId });
  const grantable = grantableOf(Object.values(sections).flat());
  const served = serving.add(
    kms,
    { ...ports, pendingKeyUses, grantable },
    { eventClock: calendar },
  );
  return { provides: { kmsPort: makeKmsPort(served), keyTags: new TaggedKeys(database) } };
}

interface TaggingNeeds {
  readonly serving: Serving;
  readonly kmsPort: (service: string) => KmsPort;
  readonly keyTags: KeyTags;
  readonly wallClock: WallClock;
}

/** The Resource Groups Tagging API. */
export function taggingService({ serving, kmsPort, keyTags, wallClock }: TaggingNeeds) {
  serving.add(tagging, { taggable: [taggableKeys(kmsPort('tagging'), keyTags)], wallClock });
  return { provides: {} };
}

type IamNeeds = Omit<
  IamPorts,
  | keyof SharedPorts
  | 'oidcTokens'
  | 'mfaCodes'
  | 'services'
  | 'randomBytes'
  | 'findAction'
  | 'actionNames'
> &
  Pick<ServerOptions, 'config' | 'log'> & {
    readonly serving: Serving;
    readonly rootToken: RootToken;
    readonly database: Database;
  };

/** IAM and STS. */
export function iamServices({ serving, config, rootToken, database, log, ...needs }: IamNeeds) {
  const { directory, wallClock } = needs;
  const ports = {
    ...needs,
    oidcTokens: new OidcTokens({
      ...{ now: wallClock, log, keyHosts: config.oidc.keyHosts },
      addresses: issuerAddresses(config.oidc.networks),
    }),
    mfaCodes: new MfaCodes({
      ...{ directory, log, sealer: rootToken, now: wallClock },
      attempts: new MfaAttempts(database),
    }),
    services: new Map(config.services.map((service) => [service.principal, service])),
    randomBytes,
    findAction,
    actionNames,
  };
  serving.add(iam, ports, { signing: GLOBAL });
  serving.add(sts, ports, { signing: STS_SIGNING });
  return { provides: {} };
}

/** @throws StartError */
function issuerAddresses(networks: readonly string[]): IssuerAddresses {
  try {
    return new IssuerAddresses(networks);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StartError(`oidc.networks: ${error.message}`);
  }
}
