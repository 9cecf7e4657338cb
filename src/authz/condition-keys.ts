/**
 * The condition keys: which there are and where each takes its value from. Source: Service
 * Authorization Reference for AWS KMS; IAM User Guide, "AWS global condition context keys"; shared
 * reference, authorization.md §7.
 */

import { isoSeconds } from '../kernel/time.js';
import type { Principal } from './model.js';
import { type ConditionContext, type ConditionValue, StepBudget, Variants } from './request.js';

/** What is peculiar of an action: whoever declares the action says so. Source: authorization.md §7.3. */
export interface ActionFacts {
  /** Conditions on the action see no `kms:CallerAccount`. */
  readonly withoutCallerAccount?: true | undefined;
  /** Conditions on the action see `kms:GrantIsForAWSResource`. */
  readonly grantIsForAwsResource?: true | undefined;
}

export interface RequestFacts extends ActionFacts {
  readonly principal: Principal;
  readonly action: string;
  readonly resourceAccountId: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly http: {
    readonly sourceIp: string;
    readonly secure: boolean;
    readonly userAgent?: string | undefined;
    readonly referer?: string | undefined;
  };
  readonly key?: KeyFacts;
  /** The alias by which the key was named, with its prefix. */
  readonly requestAlias?: string;
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** `aws:RequestTag`; its keys are `aws:TagKeys` unless `tagKeys` says otherwise. */
  readonly tags?: ReadonlyMap<string, string> | undefined;
  readonly tagKeys?: readonly string[] | undefined;
  /** `aws:ResourceTag` where the resource isn't a key. */
  readonly resourceTags?: ReadonlyMap<string, string> | undefined;
  /** `iam:ResourceTag`: of users and roles alone. */
  readonly iamResourceTags?: ReadonlyMap<string, string> | undefined;
  /** The operation's own keys, by lower-case name; they go before every other. */
  readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
  /** For which resource and account a service principal calls. */
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
}

export interface KeyFacts {
  readonly keySpec: string;
  readonly keyUsage: string;
  readonly origin: string;
  readonly multiRegion: boolean;
  readonly multiRegionKeyType?: string;
  readonly aliases: readonly string[];
  /** A key with more aliases is denied to those whom only kms:ResourceAliases allows. */
  readonly maxAliases: number;
  readonly tags: ReadonlyMap<string, string>;
}

type Source = (facts: RequestFacts) => ConditionValue | undefined;

const isoTime = (epochMs: number) => isoSeconds(new Date(epochMs));
const flag = (value: boolean) => String(value);
const accountOf = (facts: RequestFacts) =>
  facts.principal.type === 'AWSService' ? undefined : facts.principal.accountId;
const calledVia = ({ principal }: RequestFacts) => principal.via?.serviceName;

/** `s3.amazonaws.com` is `s3.us-east-1.amazonaws.com` to kms:ViaService; other names stay. */
function viaService({ principal, region }: RequestFacts): string | undefined {
  const name = principal.via?.serviceName;
  const labels = name?.split('.');
  if (!name || labels?.length !== 3 || !name.endsWith('.amazonaws.com')) return name;
  return `${labels[0]}.${region}.amazonaws.com`;
}

/** By lower-case name. Temporary credentials alone have the keys of sessions. */
const KEYS: Readonly<Record<string, Source>> = {
  'kms:calleraccount': (facts) => (facts.withoutCallerAccount ? undefined : accountOf(facts)),
  'kms:viaservice': viaService,
  'kms:grantisforawsresource': ({ grantIsForAwsResource, principal }) =>
    grantIsForAwsResource && flag(principal.via !== undefined),
  'kms:keyspec': ({ key }) => key?.keySpec,
  'kms:customermasterkeyspec': ({ key }) => key?.keySpec,
  'kms:keyusage': ({ key }) => key?.keyUsage,
  'kms:customermasterkeyusage': ({ key }) => key?.keyUsage,
  'kms:keyorigin': ({ key }) => key?.origin,
  'kms:multiregion': ({ key }) => key && flag(key.multiRegion),
  'kms:multiregionkeytype': ({ key }) => key?.multiRegionKeyType,
  'kms:requestalias': ({ requestAlias }) => requestAlias,
  'kms:resourcealiases': ({ key }) =>
    key && key.aliases.length <= key.maxAliases ? key.aliases : undefined,
  'kms:encryptioncontextkeys': ({ encryptionContext }) =>
    encryptionContext && Object.keys(encryptionContext),

  'aws:principalarn': ({ principal }) => principal.principalArn,
  'aws:principalaccount': accountOf,
  'aws:principaltype': ({ principal }) =>
    principal.type === 'AWSService' ? undefined : principal.type,
  'aws:userid': ({ principal }) => principal.userId,
  'aws:username': ({ principal }) => principal.userName,
  'aws:principalisawsservice': ({ principal }) => flag(principal.type === 'AWSService'),
  'aws:principalservicename': ({ principal }) => principal.serviceName,
  'aws:principalservicenameslist': ({ principal }) =>
    principal.serviceName === undefined ? undefined : [principal.serviceName],
  'aws:resourceaccount': ({ resourceAccountId }) => resourceAccountId,
  'aws:tagkeys': ({ tagKeys, tags }) => tagKeys ?? (tags && [...tags.keys()]),
  // Of a forwarded call it would be the service's address, which AWS doesn't show either.
  // A Unix socket has no address.
  'aws:sourceip': ({ http, principal }) =>
    principal.via || http.sourceIp === '' ? undefined : plainIp(http.sourceIp),
  'aws:securetransport': ({ http }) => flag(http.secure),
  'aws:currenttime': ({ now }) => isoTime(now),
  'aws:epochtime': ({ now }) => String(Math.floor(now / 1000)),
  'aws:tokenissuetime': ({ principal }) => principal.session && isoTime(principal.session.issuedAt),
  'aws:multifactorauthpresent': ({ principal }) =>
    principal.session && flag(principal.session.mfaAt !== undefined),
  'aws:multifactorauthage': ({ principal, now }) =>
    principal.session?.mfaAt === undefined
      ? undefined
      : String(Math.max(0, Math.floor((now - principal.session.mfaAt) / 1000))),
  'aws:requestedregion': ({ region }) => region,
  'aws:sourcearn': (facts) => facts.sourceArn ?? facts.principal.via?.sourceArn,
  'aws:sourceaccount': ({ sourceAccount }) => sourceAccount,
  'aws:calledvia': (facts) => {
    const service = calledVia(facts);
    return service === undefined ? undefined : [service];
  },
  'aws:calledviafirst': calledVia,
  'aws:calledvialast': calledVia,
  'aws:viaawsservice': ({ principal }) => flag(principal.via !== undefined),
  'aws:useragent': ({ http }) => header(http.userAgent),
  'aws:referer': ({ http }) => header(http.referer),
  'aws:sourceidentity': ({ principal }) => principal.session?.sourceIdentity,
  'sts:rolesessionname': ({ principal }) => principal.session?.name,
  'aws:federatedprovider': ({ principal }) => principal.session?.federatedProvider,
};

/** Keys whose name ends in a name of the request's: the rest, in lower case, is looked up. */
const PREFIXES: readonly [
  string,
  (facts: RequestFacts, name: string) => ConditionValue | undefined,
][] = [
  [
    'kms:encryptioncontext:',
    ({ encryptionContext }, name) =>
      encryptionContext && ignoringCase(Object.entries(encryptionContext), name),
  ],
  ['aws:principaltag/', ({ principal }, name) => principal.tags.get(name)],
  [
    'aws:resourcetag/',
    ({ key, resourceTags }, name) => ignoringCase((key?.tags ?? resourceTags)?.entries(), name),
  ],
  [
    'iam:resourcetag/',
    ({ iamResourceTags }, name) => ignoringCase(iamResourceTags?.entries(), name),
  ],
  ['aws:requesttag/', ({ tags }, name) => ignoringCase(tags?.entries(), name)],
];

/** The request context: nothing is worked out before a condition asks for it. */
export function requestContext(facts: RequestFacts): ConditionContext {
  return {
    steps: new StepBudget(),
    get(key) {
      const { members } = facts;
      if (members && Object.hasOwn(members, key)) return members[key];
      if (Object.hasOwn(KEYS, key)) return KEYS[key]?.(facts);
      for (const [prefix, value] of PREFIXES) {
        if (key.startsWith(prefix)) return value(facts, key.slice(prefix.length));
      }
      return undefined;
    },
  };
}

/** The names of every key, for guards and documentation. */
export const CONDITION_KEYS: readonly string[] = [
  ...Object.keys(KEYS),
  ...PREFIXES.map(([prefix]) => prefix),
];

/** Which keys are lists, however many values they have. */
const MULTI_VALUED: ReadonlySet<string> = new Set([
  'kms:encryptioncontextkeys',
  'kms:grantoperations',
  'kms:resourcealiases',
  'aws:calledvia',
  'aws:principalservicenameslist',
  'aws:tagkeys',
]);

/** What a key with these values is to conditions, where no call says it. @param key in lower case */
export function conditionValue(key: string, values: readonly string[]): ConditionValue {
  const [only] = values;
  return only !== undefined && values.length === 1 && !MULTI_VALUED.has(key) ? only : values;
}

/** What all entries say whose names are this one but for case. */
function ignoringCase(
  entries: Iterable<readonly [string, string]> | undefined,
  name: string,
): string | Variants | undefined {
  const found = new Set<string>();
  for (const [key, value] of entries ?? []) if (key.toLowerCase() === name) found.add(value);
  const [only] = found;
  return found.size > 1 ? new Variants([...found]) : only;
}

/** No client's own is nearly as long. */
const MAX_HEADER = 2048;

/** A header that is longer can't be looked at: cut, it would be another. */
function header(value: string | undefined): string | Variants | undefined {
  return value !== undefined && value.length > MAX_HEADER ? new Variants([]) : value;
}

/** Node shows an IPv4 client of a dual-stack socket as ::ffff:192.0.2.1. */
function plainIp(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
