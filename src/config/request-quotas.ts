/**
 * The request quotas: how many calls of an account a second there may be in a Region, by class of
 * operation. One table, of which the settings, docs/quotas.md and the checks are made. Source: AWS KMS
 * Developer Guide, "Request quotas"; shared reference, audit.md §11.
 */

export interface RequestQuota {
  /** AWS's value, in calls a second; absent where AWS has no such operation, or none is known. */
  readonly aws?: number | ByRegion;
  /** What counts, where the name doesn't say it. */
  readonly of?: string;
}

interface ByRegion {
  readonly regions: Readonly<Record<string, number>>;
  readonly others: number;
}

const SYMMETRIC: ByRegion = {
  regions: {
    'us-east-1': 50_000,
    'us-west-2': 50_000,
    'eu-west-1': 50_000,
    'us-east-2': 10_000,
    'ap-southeast-1': 10_000,
    'ap-southeast-2': 10_000,
    'ap-northeast-1': 10_000,
    'eu-central-1': 10_000,
    'eu-west-2': 10_000,
  },
  others: 5500,
};

/** Operations with a quota of their own, by what AWS lets there be of each a second. */
const OPERATIONS: readonly (readonly [perSecond: number, names: readonly string[]])[] = [
  [0.25, ['GetParametersForImport']],
  [
    5,
    [
      'CancelKeyDeletion',
      'ConnectCustomKeyStore',
      'CreateAlias',
      'CreateCustomKeyStore',
      'CreateKey',
      'DeleteCustomKeyStore',
      'DeleteImportedKeyMaterial',
      'DescribeCustomKeyStores',
      'DisableKey',
      'DisableKeyRotation',
      'DisconnectCustomKeyStore',
      'EnableKey',
      'ImportKeyMaterial',
      'ReplicateKey',
      'RotateKeyOnDemand',
      'UntagResource',
      'UpdateAlias',
      'UpdateCustomKeyStore',
      'UpdateKeyDescription',
      'UpdatePrimaryRegion',
    ],
  ],
  [10, ['TagResource']],
  [15, ['DeleteAlias', 'EnableKeyRotation', 'PutKeyPolicy', 'ScheduleKeyDeletion']],
  [30, ['RetireGrant', 'RevokeGrant']],
  [50, ['CreateGrant']],
  [100, ['ListGrants', 'ListKeyPolicies', 'ListKeyRotations', 'ListRetirableGrants']],
  [500, ['ListAliases', 'ListKeys']],
  [1000, ['GetKeyPolicy', 'GetKeyRotationStatus']],
  [2000, ['DescribeKey', 'GetPublicKey', 'ListResourceTags']],
];

/** Of these no value of AWS's is known, or they are Strongroom's own. */
const WITHOUT_AWS = [
  'AdoptKey',
  'AdvanceClock',
  'GetKeyAttestation',
  'GetKeyLastUsage',
  'ListEvents',
] as const;

/** By KeyPairSpec: GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext together. */
const KEY_PAIRS: Readonly<Record<string, number | undefined>> = {
  RSA_2048: 1,
  RSA_3072: 0.5,
  RSA_4096: 0.1,
  ECC_NIST_P256: 25,
  ECC_NIST_P384: 10,
  ECC_NIST_P521: 5,
  ECC_SECG_P256K1: 25,
  SM2: 25,
  ECC_NIST_EDWARDS25519: undefined,
  ML_KEM_512: undefined,
  ML_KEM_768: undefined,
  ML_KEM_1024: undefined,
};

export const REQUEST_QUOTAS: Readonly<Record<string, RequestQuota>> = {
  CryptographicOperationsSymmetric: {
    aws: SYMMETRIC,
    of: 'cryptographic operations by symmetric and HMAC keys, and GenerateRandom, together',
  },
  CryptographicOperationsRsa: { aws: 500, of: 'cryptographic operations by RSA keys, together' },
  CryptographicOperationsEcc: {
    aws: 300,
    of: 'cryptographic operations by ECC, Ed25519 and SM2 keys, together',
  },
  CryptographicOperationsMlDsa: {
    aws: 1000,
    of: 'cryptographic operations by ML-DSA keys, together',
  },
  CryptographicOperationsMlKem: { of: 'cryptographic operations by ML-KEM keys, together' },
  CryptographicOperationsCustomKeyStore: {
    aws: 1800,
    of: 'cryptographic operations by keys of one custom key store, of all accounts together; on top of the others',
  },
  ...Object.fromEntries(
    Object.entries(KEY_PAIRS).map(([spec, perSecond]) => [
      `GenerateDataKeyPair:${spec}`,
      {
        of: 'both operations that make a data key pair of this KeyPairSpec',
        ...(perSecond !== undefined && { aws: perSecond }),
      },
    ]),
  ),
  ...Object.fromEntries(
    OPERATIONS.flatMap(([aws, names]) => names.map((name) => [name, { aws }] as const)).sort(),
  ),
  ...Object.fromEntries(WITHOUT_AWS.map((name) => [name, {}])),
};

/** The settings that say what holds. */
interface Chosen {
  readonly preset: 'none' | 'aws';
  /** Calls a second, or `none`, by the quota's name. */
  readonly requests: Readonly<Record<string, string>>;
}

/**
 * What holds: calls a second of a quota in a Region; undefined: as many as there are. Undefined as a
 * whole where no quota is on.
 */
export function requestRates({
  preset,
  requests,
}: Chosen): ((quota: string, region: string) => number | undefined) | undefined {
  if (preset === 'none' && Object.values(requests).every((text) => text === 'none')) {
    return undefined;
  }
  return (quota, region) => {
    const written = requests[quota];
    if (written !== undefined) return written === 'none' ? undefined : Number(written);
    const aws = preset === 'aws' ? REQUEST_QUOTAS[quota]?.aws : undefined;
    return typeof aws === 'object' ? (aws.regions[region] ?? aws.others) : aws;
  };
}
