/**
 * AWS managed keys: one a service, account and Region, made when its alias is first used, seen by the
 * account and managed by nobody. Source: AWS KMS Developer Guide, "AWS managed keys"; lifecycle.md §8.
 */

import { rootUserArn } from '../../../kernel/arns.js';
import { AlreadyExists } from '../../../kernel/facts.js';
import type { Scope } from '../../../kernel/scope.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';

import type { AliasRepository } from '../aliases/alias-repository.js';
import { newKeyDefaults } from '../keys/creation.js';
import { type Key, withFirstMaterial } from '../keys/key.js';
import { keyArn } from '../keys/key-id.js';
import type { KeyRepository } from '../keys/key-repository.js';
import { DEFAULT_ROTATION_PERIOD_DAYS, rotationSetting } from '../rotation/rotation-rules.js';
import type { KeyStores } from '../stores/key-stores.js';

const PREFIX = 'alias/aws/';

/** The services that have such a key, and the name by which kms:ViaService knows them if it differs. */
const SERVICES: Readonly<Record<string, string | undefined>> = {
  acm: undefined,
  backup: undefined,
  dynamodb: undefined,
  ebs: 'ec2',
  elasticfilesystem: undefined,
  es: undefined,
  fsx: undefined,
  glue: undefined,
  kinesis: undefined,
  lambda: undefined,
  lightsail: undefined,
  rds: undefined,
  redshift: undefined,
  s3: undefined,
  secretsmanager: undefined,
  sns: undefined,
  sqs: undefined,
  ssm: undefined,
  workspaces: undefined,
  xray: undefined,
};

export interface ManagedKeyPorts {
  readonly keys: KeyRepository;
  readonly aliases: AliasRepository;
  readonly keyStores: KeyStores;
  readonly newId: () => string;
  readonly calendar: CalendarClock;
}

/** Whether an alias is that of an AWS managed key that can be made. */
export function isManagedAlias(aliasName: string): boolean {
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
  const service = serviceOf(aliasName);
  const created = calendar();
  const key: Key = {
    ...newKeyDefaults(new Date(created)),
    accountId,
    region,
    keyId,
    arn: keyArn(scope, keyId),
    keySpec: 'SYMMETRIC_DEFAULT',
    keyUsage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    manager: 'AWS',
    multiRegion: undefined,
    description: `Default key that protects my ${service} data when no other key is defined`,
    policy: managedKeyPolicy(scope, service),
    policyPrincipals: {},
    tags: new Map(),
    aliases: [aliasName],
  };
  return { ...key, ...rotationSetting(key, DEFAULT_ROTATION_PERIOD_DAYS, created) };
}

/** Makes a planned AWS managed key, with its alias; nothing if somebody else was first. */
export async function makeManagedKey(
  planned: Key,
  aliasName: string,
  deadline: Deadline,
  { keys, keyStores }: Pick<ManagedKeyPorts, 'keys' | 'keyStores'>,
): Promise<void> {
  const material = await keyStores.softwareMaterials.make(planned, planned, deadline);
  try {
    await keys.insertWithAlias(withFirstMaterial(planned, material), aliasName);
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
  }
}

/** Use through the service by whoever may use the service; metadata for the account. */
function managedKeyPolicy({ accountId, region, partition }: Scope, service: string): string {
  const viaService = `${SERVICES[service] ?? service}.${region}.amazonaws.com`;
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
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
