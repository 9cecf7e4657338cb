/**
 * AWS managed keys: one a service, account and Region, made when its alias is first used, seen by the
 * account and managed by nobody. Source: AWS KMS Developer Guide, "AWS managed keys"; lifecycle.md §8.
 */

import type { Principal } from '../../../authz/model.js';
import { rootUserArn } from '../../../kernel/arns.js';
import { AlreadyExists } from '../../../kernel/facts.js';
import type { Scope } from '../../../kernel/scope.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';

import type { AliasRepository } from '../aliases/alias-repository.js';
import { newKeyDefaults, provenBy } from '../keys/creation.js';
import { type Key, withFirstMaterial } from '../keys/key.js';
import { keyArn } from '../keys/key-id.js';
import type { KeyRepository } from '../keys/key-repository.js';
import { awsLayout } from '../policies/policy.js';
import { rotationSetting } from '../rotation/rotation-rules.js';
import type { CustomKeyStoreRepository } from '../stores/custom-key-store-repository.js';
import type { KeyStores } from '../stores/key-stores.js';
import {
  makesWebIdentityKeys,
  webIdentityKeyPolicy,
  webIdentityKeySpec,
} from './web-identity-keys.js';

const PREFIX = 'alias/aws/';

interface ServiceRow {
  /** How its policy calls the service: through which one goes, and what one may use. */
  readonly through: string;
  readonly use?: string;
  /** What its description says that it protects. */
  readonly protects: string;
  /** The name by which kms:ViaService knows the service, if it isn't the alias's. */
  readonly via?: string;
}

/**
 * The services that have such a key. The words of sqs are recorded (recorded-kms.md, "Rotation"), the
 * others follow their form (?).
 */
const SERVICES: Readonly<Record<string, ServiceRow>> = {
  acm: { through: 'ACM', protects: 'ACM private keys' },
  backup: { through: 'Backup', protects: 'Backup data' },
  dynamodb: { through: 'Amazon DynamoDB', protects: 'DynamoDB data' },
  ebs: { through: 'EBS', protects: 'EBS volumes', via: 'ec2' },
  elasticfilesystem: { through: 'EFS', protects: 'EFS filesystems' },
  es: { through: 'Elasticsearch', protects: 'Elasticsearch data' },
  fsx: { through: 'FSx', protects: 'FSx resources' },
  glue: { through: 'Glue', protects: 'Glue data' },
  kinesis: { through: 'Kinesis', protects: 'Kinesis data' },
  lambda: { through: 'Lambda', protects: 'Lambda functions' },
  lightsail: { through: 'Lightsail', protects: 'Lightsail data' },
  rds: { through: 'RDS', protects: 'RDS database volumes' },
  redshift: { through: 'Redshift', protects: 'Redshift clusters' },
  s3: { through: 'S3', protects: 'S3 objects' },
  secretsmanager: { through: 'AWS Secrets Manager', protects: 'Secrets Manager data' },
  sns: { through: 'SNS', protects: 'SNS data' },
  sqs: { through: 'Simple Queue Service (SQS)', use: 'SQS', protects: 'SQS messages' },
  ssm: { through: 'SSM', protects: 'SSM parameters' },
  workspaces: { through: 'WorkSpaces', protects: 'WorkSpaces volumes' },
  xray: { through: 'X-Ray', protects: 'X-Ray data' },
};

export interface ManagedKeyPorts {
  readonly keys: KeyRepository;
  readonly aliases: AliasRepository;
  readonly keyStores: KeyStores;
  readonly customKeyStores: CustomKeyStoreRepository;
  /** By account, the custom key store in which the keys of its web identity tokens are made, if any. */
  readonly webIdentityKeyStores: ReadonlyMap<string, string>;
  readonly newId: () => string;
  readonly calendar: CalendarClock;
}

/** Whether an alias is that of an AWS managed key that this caller's use of it makes. */
export function isManagedAlias(aliasName: string, caller: Principal): boolean {
  if (webIdentityKeySpec(aliasName)) return makesWebIdentityKeys(caller);
  return aliasName.startsWith(PREFIX) && Object.hasOwn(SERVICES, serviceOf(aliasName));
}

/**
 * The AWS managed key that an alias would get: who may use it is decided before there is one. It is
 * stored nowhere and has no material.
 */
export function plannedManagedKey(
  scope: Scope,
  aliasName: string,
  { newId, calendar }: Pick<ManagedKeyPorts, 'newId' | 'calendar'>,
): Key {
  const { accountId, region } = scope;
  const keyId = newId();
  const created = calendar();
  const common = {
    ...newKeyDefaults(new Date(created)),
    accountId,
    region,
    keyId,
    arn: keyArn(scope, keyId),
    origin: 'AWS_KMS',
    manager: 'AWS',
    multiRegion: undefined,
    policyPrincipals: {},
    tags: new Map(),
    aliases: [aliasName],
  } as const satisfies Partial<Key>;
  const keySpec = webIdentityKeySpec(aliasName);
  if (keySpec) {
    return {
      ...common,
      keySpec,
      keyUsage: 'SIGN_VERIFY',
      description: 'Key that signs the web identity tokens of my account',
      policy: webIdentityKeyPolicy(scope),
    };
  }
  const service = serviceOf(aliasName);
  const key: Key = {
    ...common,
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    description: `Default key that protects my ${rowOf(service).protects} when no other key is defined`,
    policy: managedKeyPolicy(scope, service),
  };
  return { ...key, ...rotationSetting(key, undefined, created) };
}

/**
 * Makes a planned AWS managed key, with its alias; nothing if somebody else was first.
 * @throws CustomKeyStoreNotFound, ServiceError when it is to be in a custom key store that can't make it
 */
export async function makeManagedKey(
  planned: Key,
  aliasName: string,
  deadline: Deadline,
  ports: Omit<ManagedKeyPorts, 'newId' | 'calendar'>,
): Promise<void> {
  const { maker, key } = await placed(planned, aliasName, deadline, ports);
  const material = await maker.make(key, key, deadline);
  try {
    await ports.keys.insertWithAlias(withFirstMaterial(key, material), aliasName);
  } catch (error) {
    await maker.abandon(material);
    if (!(error instanceof AlreadyExists)) throw error;
  }
}

/** The key as it is where it is to be, and what makes its material there. */
async function placed(
  planned: Key,
  aliasName: string,
  deadline: Deadline,
  {
    keyStores,
    customKeyStores,
    webIdentityKeyStores,
  }: Pick<ManagedKeyPorts, 'keyStores' | 'customKeyStores' | 'webIdentityKeyStores'>,
) {
  const storeId = webIdentityKeySpec(aliasName) && webIdentityKeyStores.get(planned.accountId);
  if (storeId === undefined) return { maker: keyStores.softwareMaterials, key: planned };
  const store = await customKeyStores.get(planned, storeId);
  const maker = keyStores.materials(store);
  const { customKeyStoreId, cloudHsmClusterId } = store;
  const provenAlgorithms = await provenBy(maker, planned, deadline);
  const origin = 'AWS_CLOUDHSM' as const;
  return {
    maker,
    key: { ...planned, origin, customKeyStoreId, cloudHsmClusterId, provenAlgorithms },
  };
}

/** Use through the service by whoever may use the service; metadata for the account. */
function managedKeyPolicy({ accountId, region, partition }: Scope, service: string): string {
  const { through, use = through, via = service } = rowOf(service);
  const viaService = `${via}.${region}.amazonaws.com`;
  return awsLayout({
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${through} for all principals in the account that are authorized to use ${use}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': viaService },
        },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        Principal: { AWS: rootUserArn(partition, accountId) },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  });
}

function serviceOf(aliasName: string): string {
  return aliasName.slice(PREFIX.length);
}

function rowOf(service: string): ServiceRow {
  const row = SERVICES[service];
  if (!row) throw new Error(`${service} has no AWS managed key`);
  return row;
}
