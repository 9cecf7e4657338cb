import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Face, OperationName } from '../support/faces/face.js';
import { facesOf } from '../support/faces/faces.js';
import { GRANT, POLICY } from '../support/faces/key-operations.js';
import { type Expected, expectRefusal } from '../support/faces/refusals.js';
import { wrapMaterial } from '../support/import-material.js';
import { Strongroom } from '../support/strongroom.js';

/**
 * The columns of AWS's table of key states that only keys with imported material and multi-Region
 * keys can reach, and the rows that only they have. The others are in conformance/states.test.ts.
 */
const COLUMNS = [
  'external Enabled',
  'external Disabled',
  'external PendingDeletion',
  'external PendingImport',
  'primary Enabled',
  'primary Disabled',
  'primary PendingReplicaDeletion',
  'external primary PendingImport',
] as const;
type Column = (typeof COLUMNS)[number];

const CELLS: Readonly<Record<string, (arn: string) => Expected>> = {
  disabled: (arn) => ({ name: 'DisabledException', message: `${arn} is disabled.` }),
  pending: (arn) => state(`${arn} is pending deletion.`),
  'replicas pending': (arn) => state(`${arn} is pending replica deletion.`),
  'not pending': (arn) => state(`${arn} is not pending deletion.`),
  import: (arn) => state(`${arn} is pending import.`),
  external: (arn) =>
    unsupported(`${arn} origin is EXTERNAL which is not valid for this operation.`),
  AWS_KMS: (arn) => unsupported(`${arn} origin is AWS_KMS which is not valid for this operation.`),
  single: (arn) => unsupported(`${arn} is not a multi-region primary key.`),
  'none waits': (arn) => state(`No available key material pending rotation for the key: ${arn}.`),
};

const state = (message: string): Expected => ({ name: 'KMSInvalidStateException', message });
const unsupported = (message: string): Expected => ({
  name: 'UnsupportedOperationException',
  message,
});

const crypto = [
  'ok',
  'disabled',
  'pending',
  'import',
  'ok',
  'disabled',
  'replicas pending',
  'import',
];
const edit = ['ok', 'ok', 'pending', 'ok', 'ok', 'ok', 'replicas pending', 'ok'];
const toggle = ['ok', 'ok', 'pending', 'import', 'ok', 'ok', 'replicas pending', 'import'];
const any = COLUMNS.map(() => 'ok');
const automatic = [
  ...['external', 'disabled', 'pending', 'external'],
  ...['ok', 'disabled', 'replicas pending', 'external'],
];

/** A row for every operation that the table names, a column for each of COLUMNS. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  CancelKeyDeletion: [
    ...['not pending', 'not pending', 'ok', 'not pending'],
    ...['not pending', 'not pending', 'ok', 'not pending'],
  ],
  CreateAlias: edit,
  CreateGrant: crypto,
  Encrypt: crypto,
  Decrypt: crypto,
  ReEncrypt: crypto,
  GenerateDataKey: crypto,
  GenerateDataKeyWithoutPlaintext: crypto,
  GenerateDataKeyPair: crypto,
  GenerateDataKeyPairWithoutPlaintext: crypto,
  DeleteImportedKeyMaterial: [
    ...['ok', 'ok', 'ok', 'ok'],
    ...['AWS_KMS', 'AWS_KMS', 'AWS_KMS', 'ok'],
  ],
  DescribeKey: any,
  GetKeyPolicy: any,
  ListKeyPolicies: any,
  ListGrants: any,
  ListAliases: any,
  ListResourceTags: any,
  GetKeyLastUsage: any,
  ListKeyRotations: any,
  PutKeyPolicy: any,
  DisableKey: toggle,
  EnableKey: toggle,
  DisableKeyRotation: automatic,
  EnableKeyRotation: automatic,
  GetKeyRotationStatus: ['ok', 'ok', 'ok', 'external', 'ok', 'ok', 'ok', 'external'],
  GetParametersForImport: [
    ...['ok', 'ok', 'pending', 'ok'],
    ...['AWS_KMS', 'AWS_KMS', 'replicas pending', 'ok'],
  ],
  ImportKeyMaterial: [
    ...['ok', 'ok', 'pending', 'ok'],
    ...['AWS_KMS', 'AWS_KMS', 'replicas pending', 'ok'],
  ],
  ReplicateKey: [
    'single',
    'disabled',
    'pending',
    'import',
    'ok',
    'disabled',
    'replicas pending',
    'import',
  ],
  RotateKeyOnDemand: [
    ...['none waits', 'disabled', 'pending', 'import'],
    ...['ok', 'disabled', 'replicas pending', 'import'],
  ],
  ScheduleKeyDeletion: edit,
  TagResource: edit,
  UntagResource: edit,
  UpdateKeyDescription: edit,
  UpdatePrimaryRegion: [
    'single',
    'disabled',
    'pending',
    'import',
    'ok',
    'disabled',
    'replicas pending',
    'import',
  ],
};

const OTHER = 'eu-west-1';
const THIRD = 'ap-south-1';
const WRAPPING = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

let strongroom: Strongroom;
let face: Face;

beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { regions: ['us-east-1', OTHER, THIRD] } });
  face = (await facesOf(strongroom))['AWS JSON'];
});

afterAll(() => strongroom.dispose());

interface Made {
  readonly KeyId: string;
  readonly arn: string;
  readonly blob: Uint8Array;
  readonly material: Buffer;
  /** Of an import that was prepared while the key's state allowed it. */
  readonly prepared: object;
}

async function prepareImport(KeyId: string, material: Buffer): Promise<object> {
  const { ImportToken, PublicKey } = await face.call('GetParametersForImport', {
    KeyId,
    ...WRAPPING,
  });
  const EncryptedKeyMaterial = wrapMaterial(
    material,
    PublicKey as Uint8Array,
    WRAPPING.WrappingAlgorithm,
  );
  return { ImportToken, EncryptedKeyMaterial, ...FOR_EVER };
}

/** A key that is in the state of the column, with a ciphertext from before. */
async function make(column: Column): Promise<Made> {
  const external = column.startsWith('external');
  const primary = column.includes('primary');
  const { KeyMetadata } = await face.call('CreateKey', {
    ...(external && { Origin: 'EXTERNAL' }),
    MultiRegion: primary,
  });
  const KeyId = KeyMetadata?.KeyId ?? '';
  const material = randomBytes(32);
  const prepared = external
    ? await prepareImport(KeyId, material)
    : { ImportToken: Buffer.alloc(8), EncryptedKeyMaterial: Buffer.alloc(8), ...FOR_EVER };
  if (external) await face.call('ImportKeyMaterial', { KeyId, ...prepared } as never);
  const Plaintext = Buffer.from('x');
  const { CiphertextBlob } = await face.call('Encrypt', { KeyId, Plaintext });
  if (primary && !external) await face.call('ReplicateKey', { KeyId, ReplicaRegion: OTHER });
  if (column.endsWith('Disabled')) await face.call('DisableKey', { KeyId });
  if (column.endsWith('Deletion')) await face.call('ScheduleKeyDeletion', { KeyId });
  if (column.endsWith('PendingImport')) await face.call('DeleteImportedKeyMaterial', { KeyId });
  const described = await face.call('DescribeKey', { KeyId });
  expect(described.KeyMetadata?.KeyState).toBe(column.split(' ').at(-1));
  const arn = KeyMetadata?.Arn ?? '';
  return { KeyId, arn, blob: CiphertextBlob as Uint8Array, material, prepared };
}

const tags = { Tags: [{ TagKey: 'a', TagValue: 'b' }] };

/** What an operation needs beside the key. */
const MEMBERS: Readonly<Record<string, (made: Made) => object>> = {
  CreateAlias: ({ KeyId }) => ({
    AliasName: `alias/${KeyId}`,
    TargetKeyId: KeyId,
    KeyId: undefined,
  }),
  CreateGrant: () => GRANT,
  Encrypt: () => ({ Plaintext: Buffer.from('x') }),
  Decrypt: ({ blob }) => ({ CiphertextBlob: blob }),
  ReEncrypt: ({ KeyId, blob }) => ({
    ...{ CiphertextBlob: blob, DestinationKeyId: KeyId, SourceKeyId: KeyId, KeyId: undefined },
  }),
  GenerateDataKey: () => ({ KeySpec: 'AES_256' }),
  GenerateDataKeyWithoutPlaintext: () => ({ KeySpec: 'AES_256' }),
  GenerateDataKeyPair: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  GenerateDataKeyPairWithoutPlaintext: () => ({ KeyPairSpec: 'ECC_NIST_P256' }),
  PutKeyPolicy: () => ({ Policy: POLICY }),
  GetParametersForImport: () => WRAPPING,
  ImportKeyMaterial: ({ prepared }) => prepared,
  ReplicateKey: () => ({ ReplicaRegion: THIRD }),
  TagResource: () => tags,
  UntagResource: () => ({ TagKeys: ['a'] }),
  UpdateKeyDescription: () => ({ Description: 'd' }),
  UpdatePrimaryRegion: () => ({ PrimaryRegion: OTHER }),
};

describe.each(COLUMNS)('a key that is %s', (column) => {
  const cells = Object.entries(TABLE).map(([operation, row]) => ({
    operation: operation as OperationName,
    cell: row[COLUMNS.indexOf(column)] ?? 'missing',
  }));

  let shared: Promise<Made> | undefined;
  /** What is refused, and what only reads, leaves the key as it is: one key is enough for all that. */
  const keyFor = (operation: string, cell: string): Promise<Made> => {
    if (
      cell === 'ok' &&
      !/^(Describe|Get|List|Encrypt|Decrypt|ReEncrypt|Generate)/.test(operation)
    ) {
      return make(column);
    }
    shared ??= make(column);
    return shared;
  };

  it.each(cells)('$operation: $cell', async ({ operation, cell }) => {
    const made = await keyFor(operation, cell);
    const input = { KeyId: made.KeyId, ...MEMBERS[operation]?.(made) };
    const call = face.call(operation, input as never);
    if (cell === 'ok') await call;
    else await expectRefusal('AWS JSON', call, CELLS[cell]?.(made.arn) as Expected);
  });
});
