import type { ConformanceServer, StoreName, TestKey } from './conformance-server.js';
import type { OperationName } from './face.js';
import type { FaceName } from './faces.js';

/** A key with everything around it that an operation may need. */
export interface Surroundings {
  readonly key: TestKey;
  /** A ciphertext of the key, without a context. */
  readonly blob: Buffer;
  /** Points to the key. */
  readonly alias: string;
  /** Another key, enabled, with a ciphertext and an alias. */
  readonly other: TestKey;
  readonly otherBlob: Buffer;
  readonly otherAlias: string;
  /** An alias name that nothing has. */
  readonly unusedAlias: string;
}

export interface KeyOperation {
  readonly operation: OperationName;
  /** Which of the operation's keys is meant, where there are two. */
  readonly role?: 'source' | 'destination' | 'current' | 'target';
  /** `any`: all four forms; `key`: key id and key ARN; `alias`: the key is named by an alias only. */
  readonly forms: 'any' | 'key' | 'alias';
  /** The IAM action, where it isn't the operation's name. */
  readonly action?: string;
  /** The operation on the key named `id`, as it would succeed. */
  readonly input: (id: string, around: Surroundings) => object;
}

export const titleOf = ({ operation, role }: KeyOperation) =>
  role ? `${operation} (${role})` : operation;

export const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
  ],
});

/** A grant to the account's principals. */
export const GRANT = {
  GranteePrincipal: 'arn:aws:iam::111122223333:root',
  Operations: ['Encrypt' as const],
};

const justKeyId = (KeyId: string) => ({ KeyId });
const tags = [{ TagKey: 'colour', TagValue: 'blue' }];

/** Every operation that works on a key. */
export const keyOperations: readonly KeyOperation[] = [
  {
    operation: 'Encrypt',
    forms: 'any',
    input: (KeyId) => ({ KeyId, Plaintext: Buffer.from('a secret') }),
  },
  {
    operation: 'Decrypt',
    forms: 'any',
    input: (KeyId, { blob }) => ({ KeyId, CiphertextBlob: blob }),
  },
  {
    operation: 'ReEncrypt',
    role: 'source',
    forms: 'any',
    action: 'ReEncryptFrom',
    input: (SourceKeyId, { blob, other }) => ({
      SourceKeyId,
      CiphertextBlob: blob,
      DestinationKeyId: other.id,
    }),
  },
  {
    operation: 'ReEncrypt',
    role: 'destination',
    forms: 'any',
    action: 'ReEncryptTo',
    input: (DestinationKeyId, { otherBlob }) => ({
      DestinationKeyId,
      CiphertextBlob: otherBlob,
    }),
  },
  {
    operation: 'GenerateDataKey',
    forms: 'any',
    input: (KeyId) => ({ KeyId, KeySpec: 'AES_256' }),
  },
  {
    operation: 'GenerateDataKeyWithoutPlaintext',
    forms: 'any',
    input: (KeyId) => ({ KeyId, NumberOfBytes: 24 }),
  },
  { operation: 'DescribeKey', forms: 'any', input: justKeyId },
  { operation: 'EnableKey', forms: 'key', input: justKeyId },
  { operation: 'DisableKey', forms: 'key', input: justKeyId },
  {
    operation: 'UpdateKeyDescription',
    forms: 'key',
    input: (KeyId) => ({ KeyId, Description: 'new' }),
  },
  { operation: 'ScheduleKeyDeletion', forms: 'key', input: justKeyId },
  { operation: 'CancelKeyDeletion', forms: 'key', input: justKeyId },
  {
    operation: 'CreateAlias',
    forms: 'key',
    input: (TargetKeyId, { unusedAlias }) => ({ TargetKeyId, AliasName: unusedAlias }),
  },
  {
    operation: 'UpdateAlias',
    role: 'current',
    forms: 'alias',
    input: (_, { alias, other }) => ({ AliasName: alias, TargetKeyId: other.id }),
  },
  {
    operation: 'UpdateAlias',
    role: 'target',
    forms: 'key',
    input: (TargetKeyId, { otherAlias }) => ({ TargetKeyId, AliasName: otherAlias }),
  },
  { operation: 'DeleteAlias', forms: 'alias', input: (_, { alias }) => ({ AliasName: alias }) },
  { operation: 'ListAliases', forms: 'key', input: justKeyId },
  { operation: 'TagResource', forms: 'key', input: (KeyId) => ({ KeyId, Tags: tags }) },
  { operation: 'UntagResource', forms: 'key', input: (KeyId) => ({ KeyId, TagKeys: ['colour'] }) },
  { operation: 'ListResourceTags', forms: 'key', input: justKeyId },
  { operation: 'GetKeyPolicy', forms: 'key', input: justKeyId },
  { operation: 'PutKeyPolicy', forms: 'key', input: (KeyId) => ({ KeyId, Policy: POLICY }) },
  { operation: 'ListKeyPolicies', forms: 'key', input: justKeyId },
  { operation: 'CreateGrant', forms: 'key', input: (KeyId) => ({ KeyId, ...GRANT }) },
  { operation: 'ListGrants', forms: 'key', input: justKeyId },
  {
    operation: 'EnableKeyRotation',
    forms: 'key',
    input: (KeyId) => ({ KeyId, RotationPeriodInDays: 90 }),
  },
  { operation: 'DisableKeyRotation', forms: 'key', input: justKeyId },
  { operation: 'GetKeyRotationStatus', forms: 'key', input: justKeyId },
  { operation: 'RotateKeyOnDemand', forms: 'key', input: justKeyId },
  { operation: 'ListKeyRotations', forms: 'key', input: justKeyId },
  { operation: 'GetKeyLastUsage', forms: 'key', input: justKeyId },
];

/** An enabled key with its surroundings; the other key is a software key, so that it stays usable. */
export async function surroundings(
  server: ConformanceServer,
  face: FaceName,
  store: StoreName,
): Promise<Surroundings> {
  const key = await server.newKey(face, store);
  const other = await server.newKey(face, 'software');
  const encrypt = async ({ id }: TestKey) => {
    const input = { KeyId: id, Plaintext: Buffer.from('a secret') };
    const { CiphertextBlob } = await server.face(face).call('Encrypt', input);
    return Buffer.from(CiphertextBlob ?? []);
  };
  return {
    key,
    blob: await encrypt(key),
    alias: await server.newAlias(face, key),
    other,
    otherBlob: await encrypt(other),
    otherAlias: await server.newAlias(face, other),
    unusedAlias: server.aliasName(),
  };
}
