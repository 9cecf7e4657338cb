import { randomBytes } from 'node:crypto';
import { TrailLookup } from '../../audit/lookup/trail-lookup.js';
import { requestRates } from '../../config/request-quotas.js';
import type { ChangeFeed } from '../../db/changes.js';
import type { Database } from '../../db/database.js';
import type { RowSeals } from '../../db/row-seals.js';
import { StartError } from '../../kernel/start-error.js';
import { type CalendarClock, DAY_MS, type WallClock } from '../../kernel/time.js';
import type { RootToken } from '../../keystores/root-token/root-token.js';
import type { Metrics } from '../../observe/metrics.js';
import { RequestRates } from '../../runtime/request-rates.js';
import { LookupLimits } from '../../services/cloudtrail/lookup-limits.js';
import { NextTokens } from '../../services/cloudtrail/next-token.js';
import { cloudTrail } from '../../services/cloudtrail/service.js';
import type { Principals } from '../../services/iam/directory/principals.js';
import { MfaAttempts } from '../../services/iam/mfa/mfa-attempts.js';
import { MfaCodes } from '../../services/iam/mfa/mfa-codes.js';
import { IssuerAddresses } from '../../services/iam/oidc/issuer-address.js';
import { OidcTokens } from '../../services/iam/oidc/oidc-tokens.js';
import { type IamPorts, iam, sts } from '../../services/iam/service.js';
import { Discovery } from '../../services/iam/web-identity/discovery.js';
import { Issuers } from '../../services/iam/web-identity/issuers.js';
import { TokenSigner } from '../../services/iam/web-identity/token-signer.js';
import { PendingKeyUses } from '../../services/kms/events/pending-use.js';
import { grantableOf } from '../../services/kms/grants/grantable.js';
import { TaggedKeys } from '../../services/kms/keys/tagged-keys.js';
import {
  type KeyTags,
  type KmsPort,
  makeKmsPort,
  makeWebIdentityKeys,
  WEB_IDENTITY_SERVICE,
  type WebIdentityKeys,
} from '../../services/kms/port.js';
import { sections } from '../../services/kms/registry.js';
import { type KmsPorts, kms } from '../../services/kms/service.js';
import { taggableKeys } from '../../services/tagging/kms-keys.js';
import { tagging } from '../../services/tagging/service.js';
import { actionNames, findAction } from '../known-actions.js';
import type { ServerOptions } from '../options.js';
import { PublicAddress } from '../public-address.js';
import type { Serving, SharedPorts, Signing } from './serving.js';

/** Where AWS's global services sign: IAM, and STS's old endpoint, also under Java's name for it. */
const GLOBAL = {
  regions: ['us-east-1'],
  regionNames: { 'aws-global': 'us-east-1' },
} satisfies Signing;

/** STS takes presigned requests, and gives every signature a quarter of an hour. */
const STS_SIGNING = { ...GLOBAL, presigned: true, maxSkewMs: 15 * 60_000 } satisfies Signing;

type KmsNeeds = Omit<
  KmsPorts,
  | keyof SharedPorts
  | 'pendingKeyUses'
  | 'grantable'
  | 'webIdentityKeyStores'
  | 'principals'
  | 'requestQuotas'
> &
  Pick<ServerOptions, 'log' | 'config'> & {
    readonly serving: Serving;
    readonly database: Database;
    readonly principals: Principals;
    readonly metrics: Metrics;
  };

/** AWS KMS, and what other services may ask of it. */
export function kmsService({ serving, database, config, metrics, ...ports }: KmsNeeds) {
  const { events, log, newId, calendar } = ports;
  const pendingKeyUses = new PendingKeyUses({ events, log, newId });
  const grantable = grantableOf(Object.values(sections).flat());
  const webIdentityKeyStores = new Map(Object.entries(config.webIdentity.customKeyStores));
  const refusals = metrics.counter('strongroom_quota_refusals_total');
  const perSecond = requestRates(config.quotas);
  const requestQuotas = perSecond && {
    rates: new RequestRates(),
    perSecond,
    refused: (quota: string) => refusals({ quota }).inc(),
  };
  const served = serving.add(
    kms,
    { ...ports, pendingKeyUses, grantable, webIdentityKeyStores, requestQuotas },
    { eventClock: calendar },
  );
  const sts = { ...ports.principals.service(WEB_IDENTITY_SERVICE), accessKeyId: '' };
  return {
    provides: {
      kmsPort: makeKmsPort(served),
      webIdentityKeys: makeWebIdentityKeys(served, sts),
      keyTags: new TaggedKeys(database),
    },
  };
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

interface CloudTrailNeeds extends Pick<ServerOptions, 'config'> {
  readonly serving: Serving;
  readonly wallClock: WallClock;
}

/** CloudTrail's event history. IAM's records are in us-east-1, whatever the server's Regions. */
export function cloudTrailService({ serving, config, wallClock }: CloudTrailNeeds) {
  const ports = {
    lookup: new TrailLookup(config.audit.dir),
    limits: new LookupLimits(new RequestRates()),
    tokens: new NextTokens(randomBytes(32)),
    wallClock,
  };
  serving.add(cloudTrail, ports, { signing: { regions: GLOBAL.regions } });
  return { provides: {} };
}

interface IssuerNeeds extends Pick<ServerOptions, 'config'> {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly accounts: ReadonlySet<string>;
  readonly wallClock: WallClock;
  readonly calendar: CalendarClock;
  readonly newId: () => string;
  readonly webIdentityKeys: WebIdentityKeys;
}

/** The accounts as issuers of web identity tokens. */
export function tokenIssuers(needs: IssuerNeeds) {
  const { config, changes, calendar, wallClock, newId, webIdentityKeys } = needs;
  const issuers = new Issuers(needs);
  const publicAddress = new PublicAddress(config.publicUrl);
  const publicUrl = () => publicAddress.url;
  const region = config.regions[0] ?? '';
  const { partition } = config;
  const periodMs = config.webIdentity.keyPeriodDays * DAY_MS;
  return {
    provides: {
      issuers,
      publicAddress,
      discovery: new Discovery({ issuers, calendar, publicUrl, memory: changes }),
      tokenSigner: new TokenSigner({
        ...{ issuers, keys: webIdentityKeys, periodMs, partition, calendar },
      }),
      newIssuer: () => ({ issuerId: newId(), region, createdAt: wallClock() }),
    },
  };
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
