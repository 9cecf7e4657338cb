import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.js';
import { expectRefused, KmsWorld, type Members } from '../support/recorded/kms-world.js';
import { FREE_REGION, HOME, OTHER_REGION, sharedServer } from '../support/shared-server.js';

/**
 * What AWS KMS was recorded to answer: each row is a line of the shared reference's recorded-kms.md, by
 * its section there. What only time shows stands in test/life/import.test.ts.
 */

let world: KmsWorld;
beforeAll(() => {
  world = new KmsWorld(new RawClient(sharedServer().strongroom));
});

const EXTERNAL = { Origin: 'EXTERNAL' } as const;
const HMAC = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
const RSA = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
const EC = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' } as const;
const ED = { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' } as const;
const AGREE = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' } as const;
const PRIMARY = { MultiRegion: true } as const;
const ALL = { IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
const base64 = (octets: Buffer | string) => Buffer.from(octets).toString('base64');
const idOf = (arn: string) => arn.split('/')[1] ?? '';
const inRegion = (arn: string, region: string) => arn.replace(`:${HOME}:`, `:${region}:`);

/** A call that is refused: with this code and text, or with the code alone. */
interface Refusal {
  readonly what: string;
  readonly operation: string;
  /** The key that the call is about. */
  readonly on: (at: KmsWorld) => Promise<string>;
  /** Beside KeyId. */
  readonly input?: (arn: string, at: KmsWorld) => Members | Promise<Members>;
  readonly code: string;
  readonly text?: (arn: string) => string;
}

const unsupported = { code: 'UnsupportedOperationException' } as const;
const validation = (text: string) => ({ code: 'ValidationException', text: () => text });
const replicaIn = (region: string) => (arn: string) => ({ KeyId: arn, ReplicaRegion: region });
const primary = (at: KmsWorld) => at.key(PRIMARY);
const replicated = (at: KmsWorld) =>
  at.shared('replicated', async () => {
    const arn = await at.newKey(PRIMARY);
    await at.ask('ReplicateKey', replicaIn(OTHER_REGION)(arn));
    return arn;
  });
const symmetric = (at: KmsWorld) => at.key();
const empty = (at: KmsWorld) => at.key(EXTERNAL);
const emptyOf = (members: Members) => (at: KmsWorld) => at.key({ ...EXTERNAL, ...members });
const wrapping = (WrappingAlgorithm: string, WrappingKeySpec: string) => () => ({
  ...{ WrappingAlgorithm, WrappingKeySpec },
});
const unfit = (algorithm: string, wrappingKey: string, spec: string) =>
  validation(
    `Wrapping algorithm ${algorithm} and wrapping key spec ${wrappingKey} cannot be used to import a ${spec} key.`,
  );
const importing =
  (material: () => Buffer, members?: Members, terms?: typeof RSA_3072) =>
  (arn: string, at: KmsWorld) =>
    at.importing(arn, material(), members, undefined, terms);
const garbage = { ImportToken: base64('garbage'), EncryptedKeyMaterial: base64('garbage') };
const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
const inSeconds = (seconds: number) => Math.round(Date.now() / 1000) + seconds;
const DAY = 24 * 60 * 60;
const RSA_3072 = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_3072' };
const MATERIAL_ID = 'ab'.repeat(32);

const REFUSALS: readonly Refusal[] = [
  // Rotation
  ...(['EnableKeyRotation', 'RotateKeyOnDemand'] as const).map((operation) => ({
    ...{ what: `${operation} of an HMAC key`, operation, on: (at: KmsWorld) => at.key(HMAC) },
    ...unsupported,
  })),
  {
    ...{ what: 'a marker that is none', operation: 'ListKeyRotations', on: symmetric },
    ...{ input: () => ({ Marker: 'none' }), code: 'InvalidMarkerException' },
  },
  ...[HMAC, RSA, EC].map((members) => ({
    ...{ what: `material of ${members.KeySpec}`, operation: 'ListKeyRotations' },
    ...{ on: (at: KmsWorld) => at.key(members), input: () => ALL },
    ...validation('Input parameter includeKeyMaterial can only be used with symmetric keys.'),
  })),
  // Multi-Region
  {
    ...{ what: 'a replica beside the primary', operation: 'ReplicateKey', on: primary },
    ...{ input: replicaIn(HOME) },
    ...validation(`${HOME} cannot have a replica because it contains the primary.`),
  },
  ...['cn-north-1', 'us-gov-west-1'].map((region) => ({
    ...{ what: `a replica in ${region}`, operation: 'ReplicateKey', on: primary },
    ...{ input: replicaIn(region) },
    ...validation(
      'The replica key Region must be in the same AWS partition as the primary key Region.',
    ),
  })),
  {
    ...{ what: 'a replica nowhere', operation: 'ReplicateKey', on: primary },
    ...{ input: replicaIn('us-invalid-1') },
    ...validation(
      'Region us-invalid-1 is not a valid Region or multi-Region keys are not supported in Region us-invalid-1.',
    ),
  },
  {
    ...{ what: 'a second replica', operation: 'ReplicateKey', on: replicated },
    ...{ input: replicaIn(OTHER_REGION), code: 'AlreadyExistsException' },
    text: () => 'You can create only one replica of each primary key in each AWS Region.',
  },
  {
    ...{ what: 'a primary where no replica is', operation: 'UpdatePrimaryRegion' },
    ...{ on: replicated, input: () => ({ PrimaryRegion: FREE_REGION }) },
    code: 'ValidationException',
    text: (arn) => `${idOf(arn)} does not have a replica key in the specified Region.`,
  },
  {
    what: 'a replica that awaits import, replicated',
    ...{ operation: 'ReplicateKey', on: (at) => at.key({ ...EXTERNAL, ...PRIMARY }) },
    ...{ input: replicaIn(OTHER_REGION), code: 'KMSInvalidStateException' },
    text: (arn) => `${arn} is pending import.`,
  },
  // Key states
  {
    ...{ what: 'the public key of a symmetric key', operation: 'GetPublicKey', on: symmetric },
    ...unsupported,
  },
  {
    ...{ what: 'the public key that awaits import', operation: 'GetPublicKey' },
    ...{ on: emptyOf(EC), code: 'KMSInvalidStateException' },
    text: (arn) => `${arn} is pending import.`,
  },
  ...(['EnableKeyRotation', 'DisableKeyRotation'] as const).map((operation) => ({
    ...{ what: `${operation} while it awaits import`, operation, on: empty },
    ...unsupported,
    text: (arn: string) => `${arn} origin is EXTERNAL which is not valid for this operation.`,
  })),
  {
    ...{ what: 'a rotation while it awaits import', operation: 'RotateKeyOnDemand', on: empty },
    code: 'KMSInvalidStateException',
    text: (arn) => `${arn} is pending import.`,
  },
  {
    ...{ what: 'a wrong algorithm of a disabled key', operation: 'GenerateMac' },
    on: (at) =>
      at.shared('disabled HMAC', async () => {
        const KeyId = await at.newKey(HMAC);
        await at.ask('DisableKey', { KeyId });
        return KeyId;
      }),
    input: () => ({ Message: base64('m'), MacAlgorithm: 'HMAC_SHA_512' }),
    ...{ code: 'DisabledException', text: (arn) => `${arn} is disabled.` },
  },
  // GetParametersForImport
  {
    ...{ what: 'parameters for its own material', operation: 'GetParametersForImport' },
    ...{ on: symmetric, input: wrapping('RSAES_OAEP_SHA_256', 'RSA_2048'), ...unsupported },
    text: (arn) => `${arn} origin is AWS_KMS which is not valid for this operation.`,
  },
  ...(
    [
      ['RSAES_PKCS1_V1_5', 'RSA_2048', {}],
      ['RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048', {}],
      ['RSAES_OAEP_SHA_256', 'RSA_2048', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }],
      ['RSAES_OAEP_SHA_256', 'RSA_2048', { KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' }],
      ['RSAES_OAEP_SHA_1', 'RSA_2048', ED],
    ] as const
  ).map(([algorithm, wrappingKey, members]) => {
    const { KeySpec: spec = 'SYMMETRIC_DEFAULT' }: { KeySpec?: string } = members;
    return {
      ...{ what: `${algorithm} by ${wrappingKey} for ${spec}`, on: emptyOf(members) },
      ...{ operation: 'GetParametersForImport', input: wrapping(algorithm, wrappingKey) },
      ...unfit(algorithm, wrappingKey, spec),
    };
  }),
  // ImportKeyMaterial
  {
    ...{ what: 'no model and no date', operation: 'ImportKeyMaterial', on: empty },
    ...{ input: () => garbage },
    ...validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'),
  },
  {
    ...{ what: 'a date that does not count', operation: 'ImportKeyMaterial', on: empty },
    ...{ input: () => ({ ...garbage, ...FOR_EVER, ValidTo: inSeconds(DAY) }) },
    ...validation(
      'A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    ),
  },
  {
    ...{ what: 'a date in the past', operation: 'ImportKeyMaterial', on: empty },
    ...{ input: () => ({ ...garbage, ValidTo: inSeconds(-60) }) },
    ...validation('ValidTo must be in the future'),
  },
  {
    ...{ what: 'a date beyond a year', operation: 'ImportKeyMaterial', on: empty },
    ...{ input: () => ({ ...garbage, ValidTo: inSeconds(366 * DAY) }) },
    ...validation('ValidTo must be less than 365 days in the future'),
  },
  {
    ...{ what: 'an id for new material', operation: 'ImportKeyMaterial', on: empty },
    input: () => ({
      ...{ ...garbage, ...FOR_EVER, ImportType: 'NEW_KEY_MATERIAL', KeyMaterialId: MATERIAL_ID },
    }),
    ...validation('Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.'),
  },
  ...(
    [
      ['importType', { ImportType: 'EXISTING_KEY_MATERIAL' }],
      ['keyMaterialId', { KeyMaterialId: MATERIAL_ID }],
      ['keyMaterialDescription', { KeyMaterialDescription: 'd' }],
    ] as const
  ).flatMap(([member, members]) =>
    [HMAC, EC].map((of) => ({
      ...{ what: `${member} for ${of.KeySpec}`, operation: 'ImportKeyMaterial' },
      ...{ on: emptyOf(of), input: () => ({ ...garbage, ...FOR_EVER, ...members }) },
      ...validation(`Input parameter ${member} cannot be used with ${of.KeySpec} imported keys.`),
    })),
  ),
  {
    ...{ what: 'a token that is none', operation: 'ImportKeyMaterial', on: empty },
    ...{ input: () => ({ ...garbage, ...FOR_EVER }), code: 'InvalidImportTokenException' },
  },
  {
    ...{ what: "another key's token", operation: 'ImportKeyMaterial', on: empty },
    input: async (arn, at) => ({
      ...(await at.importing(await at.newKey(EXTERNAL), randomBytes(32))),
      KeyId: arn,
    }),
    code: 'InvalidImportTokenException',
  },
  {
    ...{ what: 'what cannot be unwrapped', operation: 'ImportKeyMaterial', on: empty },
    input: async (arn, at) => ({
      ...(await at.importing(arn, randomBytes(32))),
      EncryptedKeyMaterial: base64(randomBytes(256)),
    }),
    code: 'InvalidCiphertextException',
  },
  {
    ...{ what: '16 octets', operation: 'ImportKeyMaterial', on: empty },
    ...{ input: importing(() => randomBytes(16)), code: 'InvalidCiphertextException' },
  },
  {
    ...{ what: 'a MAC key that is short', operation: 'ImportKeyMaterial', on: emptyOf(HMAC) },
    ...{ input: importing(() => randomBytes(31)), code: 'InvalidCiphertextException' },
  },
  {
    ...{ what: 'Ed25519 of an indefinite length', operation: 'ImportKeyMaterial' },
    ...{ on: emptyOf(ED), input: importing(() => indefinite(edKey()), FOR_EVER, RSA_3072) },
    code: 'InvalidCiphertextException',
  },
  // DeleteImportedKeyMaterial
  {
    ...{ what: 'material that never was', operation: 'DeleteImportedKeyMaterial' },
    ...{ on: (at) => at.external(), input: () => ({ KeyMaterialId: MATERIAL_ID }) },
    code: 'ValidationException',
    text: (arn) => `Key material (id: ${MATERIAL_ID}) has never been imported into KMS key ${arn}.`,
  },
  // RSA, ECC, Ed25519
  {
    ...{ what: 'an RSA ciphertext without its key', operation: 'Decrypt', on: symmetric },
    input: () => ({
      ...{ KeyId: undefined, CiphertextBlob: base64(randomBytes(256)) },
      EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    }),
    ...validation('KeyId must not be null'),
  },
  ...(['Encrypt', 'Decrypt'] as const).map((operation) => ({
    ...{ what: `a context with RSA`, operation, on: (at: KmsWorld) => at.key(RSA) },
    input: () => ({
      ...{ Plaintext: base64('p'), CiphertextBlob: base64(randomBytes(256)) },
      ...{ EncryptionContext: { a: 'b' }, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
    }),
    ...validation(
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    ),
  })),
  {
    ...{ what: 'a data key pair under RSA', operation: 'GenerateDataKeyPair' },
    ...{ on: (at) => at.key(RSA), input: () => ({ KeyPairSpec: 'ECC_NIST_P256' }) },
    code: 'InvalidKeyUsageException',
    text: () => 'You cannot generate a data key pair with an asymmetric CMK',
  },
  ...[false, true].flatMap((DryRun) =>
    [ecPublicKey('secp384r1'), base64(randomBytes(91))].map((PublicKey, index) => ({
      ...{ what: `public key ${index} of no use, DryRun ${DryRun}`, code: 'ValidationException' },
      ...{ operation: 'DeriveSharedSecret', on: (at: KmsWorld) => at.key(AGREE) },
      input: () => ({ PublicKey, DryRun, KeyAgreementAlgorithm: 'ECDH' }),
    })),
  ),
  ...(
    [
      ['RAW', 'ED25519_PH_SHA_512', 64, 'algorithm ED25519_PH_SHA_512'],
      ['DIGEST', 'ED25519_SHA_512', 63, 'algorithm ED25519_SHA_512'],
      ['EXTERNAL_MU', 'ED25519_SHA_512', 64, 'key spec ECC_NIST_EDWARDS25519'],
    ] as const
  ).map(([MessageType, SigningAlgorithm, length, named]) => ({
    ...{ what: `${MessageType} with ${SigningAlgorithm}`, operation: 'Sign' },
    on: (at: KmsWorld) => at.key(ED),
    input: () => ({ Message: base64(Buffer.alloc(length)), MessageType, SigningAlgorithm }),
    ...validation(`Message type ${MessageType} is incompatible with ${named}.`),
  })),
  // ML-DSA
  ...[1, 63, 65].map((length) => ({
    ...{ what: `an external mu of ${length} octets`, operation: 'Sign' },
    on: (at: KmsWorld) => at.key({ KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' }),
    input: () => ({
      ...{ Message: base64(Buffer.alloc(length)), MessageType: 'EXTERNAL_MU' },
      SigningAlgorithm: 'ML_DSA_SHAKE_256',
    }),
    ...validation('External Mu is invalid length for algorithm ML_DSA_SHAKE_256.'),
  })),
  {
    ...{ what: 'ML-DSA of one’s own', operation: 'CreateKey', on: symmetric },
    input: () => ({
      ...{ KeyId: undefined, KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' },
    }),
    ...validation('KeySpec ML_DSA_44 is not supported for Origin EXTERNAL'),
  },
  // HMAC grant
  {
    ...{ what: 'a grant to encrypt by HMAC', operation: 'CreateGrant', on: (at) => at.key(HMAC) },
    input: () => ({ GranteePrincipal: '111122223333', Operations: ['Encrypt'] }),
    ...validation(
      'Operations [Encrypt] are not supported when creating a grant for a symmetric KMS key with key usage GENERATE_VERIFY_MAC. Valid operations are [CreateGrant, RetireGrant, DescribeKey, GenerateMac, VerifyMac]',
    ),
  },
  // Listing
  {
    ...{ what: 'grants of nobody, by ARN', operation: 'ListGrants', on: symmetric },
    input: () => ({ GranteePrincipal: 'arn:aws:iam::111122223333:role/nobody' }),
    code: 'InvalidArnException',
    text: () => 'ARN does not refer to a valid principal: arn:aws:iam::111122223333:role/nobody',
  },
  {
    ...{ what: 'grants of nobody, by id', operation: 'ListGrants', on: symmetric },
    input: () => ({ GranteePrincipal: 'AROA0123456789ABCDEFG:s' }),
    ...{ code: 'InvalidArnException', text: () => 'Input does not refer to a valid principal' },
  },
  {
    ...{ what: 'grants that nobody may retire, by id', operation: 'ListRetirableGrants' },
    ...{ on: symmetric, code: 'NotFoundException' },
    input: () => ({ KeyId: undefined, RetiringPrincipal: 'AROA0123456789ABCDEFG:s' }),
    text: () => 'Retiring principal AROA0123456789ABCDEFG:s could not be found',
  },
];

function edKey(): Buffer {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
}

function ecPublicKey(namedCurve: string): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve });
  return base64(publicKey.export({ format: 'der', type: 'spki' }));
}

/** The same value in BER, whose outer SEQUENCE doesn't tell its length. */
function indefinite(der: Buffer): Buffer {
  const lengthOctets = (der[1] ?? 0) < 0x80 ? 1 : 1 + ((der[1] ?? 0) & 0x7f);
  return Buffer.concat([
    Buffer.from([0x30, 0x80]),
    der.subarray(1 + lengthOctets),
    Buffer.alloc(2),
  ]);
}

describe('KMS refuses as recorded', () => {
  it.each(REFUSALS)('$operation: $what', async ({ operation, on, input, code, text }) => {
    const arn = await on(world);
    const members = { KeyId: arn, ...(await input?.(arn, world)) };
    expectRefused(await world.send(operation, members), code, text?.(arn));
  });
});

describe('a key’s material as recorded', () => {
  it('is expected to be the current one, or the one that the request names', async () => {
    const material = randomBytes(32);
    const arn = await world.newKey(EXTERNAL);
    const first = await world.import(arn, material);
    const current = first.members.KeyMaterialId as string;
    expect(first).toStrictEqual({ status: 200, members: { KeyId: arn, KeyMaterialId: current } });
    const wrong = (id: string) =>
      `Imported key material does not have the expected identifier (${id}).`;
    const code = 'IncorrectKeyMaterialException';
    expectRefused(await world.import(arn, randomBytes(32)), code, wrong(current));
    const named = { KeyMaterialId: MATERIAL_ID };
    expectRefused(await world.import(arn, material, named), code, wrong(MATERIAL_ID));
    const asNew = { ImportType: 'NEW_KEY_MATERIAL' };
    const known = (id: unknown) =>
      `Key material (id: ${id}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${arn}.`;
    expectRefused(await world.import(arn, material, asNew), code, known(current));
    const next = randomBytes(32);
    const pending = (await world.import(arn, next, asNew)).members.KeyMaterialId as string;
    expectRefused(await world.import(arn, next, asNew), code, known(pending));
    const blocked = await world.import(arn, randomBytes(32), asNew);
    expect(blocked).toMatchObject({ status: 400, members: { __type: 'KMSInvalidStateException' } });
    expect(blocked.members.message).toMatch(
      new RegExp(
        `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${arn}, because another key material \\(id: ${pending}\\) is pending rotation\\.$`,
      ),
    );
    // Deleted while it is pending, it leaves the list, and has its old id when it comes again.
    expect(
      await world.ask('DeleteImportedKeyMaterial', { KeyId: arn, KeyMaterialId: pending }),
    ).toEqual({
      ...{ KeyId: arn, KeyMaterialId: pending },
    });
    expect(await world.materials(arn)).toHaveLength(1);
    expect(await world.describe(arn)).toMatchObject({ KeyState: 'Enabled' });
    expect((await world.import(arn, next, asNew)).members.KeyMaterialId).toBe(pending);
  });

  it('names the hidden id of an HMAC key, and answers without it', async () => {
    const arn = await world.newKey({ ...EXTERNAL, ...HMAC });
    const first = await world.import(arn, randomBytes(32));
    expect(first).toStrictEqual({ status: 200, members: { KeyId: arn } });
    const { status, members } = await world.import(arn, randomBytes(32));
    expect([status, members.__type]).toEqual([400, 'IncorrectKeyMaterialException']);
    expect(members.message).toMatch(
      /^Imported key material does not have the expected identifier \([0-9a-f]{64}\)\.$/,
    );
    expect(await world.ask('DeleteImportedKeyMaterial', { KeyId: arn })).toEqual({ KeyId: arn });
  });

  it('enables a disabled key when it is imported again', async () => {
    const material = randomBytes(32);
    const arn = await world.newKey(EXTERNAL);
    await world.import(arn, material);
    await world.ask('DisableKey', { KeyId: arn });
    expect(await world.describe(arn)).toMatchObject({ KeyState: 'Disabled' });
    await world.import(arn, material);
    expect(await world.describe(arn)).toMatchObject({ KeyState: 'Enabled', Enabled: true });
  });

  it('keeps its description unless it is pending and deleted', async () => {
    const arn = await world.newKey(EXTERNAL);
    const [first, second] = [randomBytes(32), randomBytes(32)];
    await world.import(arn, first, { KeyMaterialDescription: 'first' });
    await world.import(arn, first);
    const asNew = { ImportType: 'NEW_KEY_MATERIAL', KeyMaterialDescription: 'second' };
    const { members } = await world.import(arn, second, asNew);
    const listed = async () =>
      (await world.materials(arn)).map((entry) => entry.KeyMaterialDescription);
    expect(await listed()).toEqual(['first', 'second']);
    await world.ask('DeleteImportedKeyMaterial', {
      KeyId: arn,
      KeyMaterialId: members.KeyMaterialId,
    });
    await world.import(arn, second, { ImportType: 'NEW_KEY_MATERIAL' });
    expect(await listed()).toEqual(['first', undefined]);
  });

  it('that is not current stops everything when it is deleted, and shows no expiry', async () => {
    const arn = await world.newKey(EXTERNAL);
    expect(await world.ask('DeleteImportedKeyMaterial', { KeyId: arn })).toEqual({ KeyId: arn });
    const first = (await world.import(arn, randomBytes(32))).members.KeyMaterialId;
    const asNew = { ImportType: 'NEW_KEY_MATERIAL' };
    const second = (await world.import(arn, randomBytes(32), asNew)).members.KeyMaterialId;
    await world.ask('RotateKeyOnDemand', { KeyId: arn });
    await world.ask('DeleteImportedKeyMaterial', { KeyId: arn, KeyMaterialId: first });
    const described = await world.describe(arn);
    expect(described).toMatchObject({ KeyState: 'PendingImport', CurrentKeyMaterialId: second });
    expect(described).not.toHaveProperty('ExpirationModel');
    const [left] = await world.materials(arn);
    expect(left).toEqual({
      ...{ KeyId: arn, KeyMaterialId: first, ImportState: 'PENDING_IMPORT' },
      KeyMaterialState: 'NON_CURRENT',
    });
    const gone = await world.send('RotateKeyOnDemand', { KeyId: arn });
    expectRefused(gone, 'KMSInvalidStateException', `${arn} is pending import.`);
    // Deletion undone leaves it waiting.
    await world.ask('ScheduleKeyDeletion', { KeyId: arn, PendingWindowInDays: 7 });
    await world.ask('CancelKeyDeletion', { KeyId: arn });
    expect(await world.describe(arn)).toMatchObject({ KeyState: 'PendingImport' });
  });

  it.each([
    { spec: EC, make: () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) },
    { spec: { ...RSA }, make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  ])('of $spec.KeySpec is the same in BER', async ({ spec, make }) => {
    const arn = await world.newKey({ ...EXTERNAL, ...spec });
    const der = make().privateKey.export({ format: 'der', type: 'pkcs8' });
    const terms = { WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256', WrappingKeySpec: 'RSA_2048' };
    for (const material of [der, indefinite(der)]) {
      expect((await world.import(arn, material, {}, undefined, terms)).members).toEqual({
        KeyId: arn,
      });
    }
  });
});

describe('a rotation as recorded', () => {
  const status = (KeyId: string, region?: string) =>
    world.ask('GetKeyRotationStatus', { KeyId }, region);

  it('keeps period and date when it is enabled again without a period', async () => {
    const KeyId = await world.newKey();
    const enable = (members: Members = {}) => world.ask('EnableKeyRotation', { KeyId, ...members });
    await enable({ RotationPeriodInDays: 2560 });
    const before = await status(KeyId);
    expect(before).toMatchObject({ KeyId, KeyRotationEnabled: true, RotationPeriodInDays: 2560 });
    await enable();
    expect(await status(KeyId)).toEqual(before);
    await enable({ RotationPeriodInDays: 2560 });
    expect(await status(KeyId)).toEqual(before);
    await enable({ RotationPeriodInDays: 90 });
    expect(await status(KeyId)).toMatchObject({ RotationPeriodInDays: 90 });
    await world.ask('DisableKeyRotation', { KeyId });
    expect(await status(KeyId)).toEqual({ KeyId, KeyRotationEnabled: false });
    await enable();
    expect(await status(KeyId)).toMatchObject({ RotationPeriodInDays: 365 });
  });

  it.each([
    { what: 'empty', on: empty },
    { what: 'EXTERNAL', on: (at: KmsWorld) => at.external() },
    { what: 'HMAC', on: (at: KmsWorld) => at.key(HMAC) },
    { what: 'EC', on: (at: KmsWorld) => at.key(EC) },
  ])('is off, and says so, of a key that is $what', async ({ on }) => {
    const KeyId = await on(world);
    expect(await status(KeyId)).toEqual({ KeyId, KeyRotationEnabled: false });
  });

  it('of an HMAC key is an empty list, and its end a success', async () => {
    const KeyId = await world.key(HMAC);
    const none = { Rotations: [], Truncated: false };
    expect(await world.ask('ListKeyRotations', { KeyId })).toEqual(none);
    expect(await world.ask('DisableKeyRotation', { KeyId })).toEqual({});
  });
});

describe('a multi-Region key as recorded', () => {
  const replicate = (KeyId: string, members: Members = {}) =>
    world.ask('ReplicateKey', { KeyId, ReplicaRegion: OTHER_REGION, ...members });

  it('is replicated with the default policy as AWS lays it out, and no tags', async () => {
    const answer = await replicate(await world.newKey(PRIMARY), { Tags: [] });
    expect(answer).not.toHaveProperty('ReplicaTags');
    expect(answer.ReplicaPolicy).toBe(
      '{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n    "Sid" : "Enable IAM User Permissions",\n    "Effect" : "Allow",\n    "Principal" : {\n      "AWS" : "arn:aws:iam::111122223333:root"\n    },\n    "Action" : "kms:*",\n    "Resource" : "*"\n  } ]\n}',
    );
  });

  it('with imported material is replicated with its model, and awaits its own', async () => {
    const material = randomBytes(32);
    const arn = await world.newKey({ ...EXTERNAL, ...PRIMARY });
    const { KeyMaterialId } = (
      await world.import(arn, material, { KeyMaterialDescription: 'of the family' })
    ).members;
    const { ReplicaKeyMetadata } = await replicate(arn);
    expect(ReplicaKeyMetadata).toMatchObject({ KeyState: 'Creating', ...FOR_EVER });
    expect(ReplicaKeyMetadata).not.toHaveProperty('CurrentKeyMaterialId');
    const there = inRegion(arn, OTHER_REGION);
    const described = await world.describe(there, OTHER_REGION);
    expect(described).toMatchObject({
      ...{ KeyState: 'PendingImport', CurrentKeyMaterialId: KeyMaterialId },
    });
    expect(described).not.toHaveProperty('ExpirationModel');
    expect(await world.materials(there, OTHER_REGION)).toEqual([
      {
        ...{ KeyId: there, KeyMaterialId, KeyMaterialDescription: 'of the family' },
        ...{ ImportState: 'PENDING_IMPORT', KeyMaterialState: 'CURRENT' },
      },
    ]);
    const refused = async (members: Members) =>
      world.import(there, material, members, OTHER_REGION);
    expectRefused(
      await refused({ KeyMaterialDescription: 'mine' }),
      'ValidationException',
      'Key material description can only be specified on primary Multi-Region keys',
    );
    expectRefused(
      await refused({ ImportType: 'NEW_KEY_MATERIAL' }),
      'ValidationException',
      'Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys',
    );
    const other = await world.import(arn, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' });
    expectRefused(
      await world.send('RotateKeyOnDemand', { KeyId: arn }),
      'KMSInvalidStateException',
      'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
    );
    await world.ask('DeleteImportedKeyMaterial', {
      ...{ KeyId: arn, KeyMaterialId: other.members.KeyMaterialId },
    });
    // A new description of the primary's is the replica's as well.
    await world.import(arn, material, { KeyMaterialDescription: 'new' });
    expect(await world.materials(there, OTHER_REGION)).toMatchObject([
      { KeyMaterialDescription: 'new' },
    ]);
  });

  it('refuses on its replica what is the primary’s', async () => {
    const there = inRegion(await replicated(world), OTHER_REGION);
    for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']) {
      expectRefused(
        await world.send(operation, { KeyId: there }, OTHER_REGION),
        'UnsupportedOperationException',
        `${there} is a multi-region replica key which is not valid for ${operation}.`,
      );
    }
    const move = { KeyId: there, PrimaryRegion: OTHER_REGION };
    expectRefused(
      await world.send('UpdatePrimaryRegion', move, OTHER_REGION),
      'KMSInvalidStateException',
      `${there} is not a multi-Region primary key.`,
    );
  });

  it('stays where it is when it is told to, and looks at its own state before its replica’s', async () => {
    const KeyId = await world.newKey(PRIMARY);
    await replicate(KeyId);
    const there = inRegion(KeyId, OTHER_REGION);
    expect(await world.ask('UpdatePrimaryRegion', { KeyId, PrimaryRegion: HOME })).toEqual({});
    expect(await world.describe(KeyId)).toMatchObject({ KeyState: 'Enabled' });
    const move = () => world.send('UpdatePrimaryRegion', { KeyId, PrimaryRegion: OTHER_REGION });
    await world.ask('DisableKey', { KeyId: there }, OTHER_REGION);
    expectRefused(await move(), 'DisabledException', `${there} is disabled.`);
    await world.ask('DisableKey', { KeyId });
    expectRefused(await move(), 'DisabledException', `${KeyId} is disabled.`);
    await world.ask('EnableKey', { KeyId });
    await world.ask('ScheduleKeyDeletion', { KeyId: there }, OTHER_REGION);
    expectRefused(await move(), 'KMSInvalidStateException', `${there} is pending deletion.`);
    expectRefused(
      await world.send('ReplicateKey', { KeyId, ReplicaRegion: OTHER_REGION }),
      'AlreadyExistsException',
      'You can create only one replica of each primary key in each AWS Region.',
    );
  });

  it('decrypts by its local names, not by the related key’s ARN', async () => {
    const KeyId = await replicated(world);
    const { CiphertextBlob } = await world.ask('Encrypt', { KeyId, Plaintext: base64('p') });
    const there = inRegion(KeyId, OTHER_REGION);
    for (const name of [there, idOf(KeyId), undefined]) {
      const input = { CiphertextBlob, KeyId: name };
      expect(await world.ask('Decrypt', input, OTHER_REGION)).toMatchObject({ KeyId: there });
    }
    expectRefused(
      await world.send('Decrypt', { CiphertextBlob, KeyId }, OTHER_REGION),
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    );
    // Of a key that the ciphertext isn't of, it is the ARN that is wrong.
    const other = inRegion(await world.key(PRIMARY), FREE_REGION);
    const foreign = await world.send('Decrypt', { CiphertextBlob, KeyId: other }, OTHER_REGION);
    expectRefused(foreign, 'NotFoundException', `Invalid arn ${FREE_REGION}`);
  });

  it('that awaits its replicas’ end keeps its rotation and its policy, not its tags', async () => {
    const KeyId = await world.newKey(PRIMARY);
    await replicate(KeyId);
    await world.ask('EnableKeyRotation', { KeyId });
    await world.ask('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    expect(await world.ask('GetKeyRotationStatus', { KeyId })).toMatchObject({
      ...{ KeyRotationEnabled: true, RotationPeriodInDays: 365 },
    });
    const { Policy } = await world.ask('GetKeyPolicy', { KeyId });
    expect(await world.ask('PutKeyPolicy', { KeyId, Policy })).toEqual({});
    const Tags = [{ TagKey: 'a', TagValue: 'b' }];
    expectRefused(
      await world.send('TagResource', { KeyId, Tags }),
      'KMSInvalidStateException',
      `${KeyId} is pending replica deletion.`,
    );
    await world.ask('CancelKeyDeletion', { KeyId });
    expect(await world.describe(KeyId)).toMatchObject({ KeyState: 'Disabled' });
  });
});

describe('asymmetric keys as recorded', () => {
  it.each([RSA, EC, AGREE, ED])(
    'show the public key of a disabled $KeySpec $KeyUsage',
    async (members) => {
      const KeyId = await world.newKey(members);
      await world.ask('DisableKey', { KeyId });
      expect(await world.ask('GetPublicKey', { KeyId })).toMatchObject({ KeyId });
      await world.ask('ScheduleKeyDeletion', { KeyId });
      expectRefused(
        await world.send('GetPublicKey', { KeyId }),
        'KMSInvalidStateException',
        `${KeyId} is pending deletion.`,
      );
    },
  );

  it('list Ed25519ph first', async () => {
    const SigningAlgorithms = ['ED25519_PH_SHA_512', 'ED25519_SHA_512'];
    const KeyId = await world.key(ED);
    expect((await world.describe(KeyId)).SigningAlgorithms).toEqual(SigningAlgorithms);
    expect(await world.ask('GetPublicKey', { KeyId })).toMatchObject({ SigningAlgorithms });
  });

  it.each([
    ['ECC_NIST_P256', 150],
    ['ECC_NIST_P384', 194],
    ['ECC_NIST_P521', 250],
    ['ECC_SECG_P256K1', 144],
    ['ECC_NIST_EDWARDS25519', 48],
  ])('of data key pairs of %s take %i octets', async (KeyPairSpec, octets) => {
    const KeyId = await world.key();
    const { PrivateKeyPlaintext } = await world.ask('GenerateDataKeyPair', { KeyId, KeyPairSpec });
    expect(Buffer.from(PrivateKeyPlaintext as string, 'base64')).toHaveLength(octets);
  });
});
