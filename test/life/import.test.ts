import { execFile } from 'node:child_process';
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify,
} from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOR_EVER, importOrder, type Wrapping, wrapMaterial } from '../support/import-material.js';
import { SimulatedServer } from '../support/simulated-server.js';

const run = promisify(execFile);
const DAY_MS = 24 * 60 * 60 * 1000;

let server: SimulatedServer;
let client: KMSClient;
let dir: string;

beforeAll(async () => {
  // The primes of an RSA_4096 wrapping key take as long as they take.
  server = await SimulatedServer.start({ yaml: { limits: { requestTimeoutMs: 60_000 } } });
  client = await server.strongroom.client();
  dir = await mkdtemp(join(tmpdir(), 'strongroom-import-'));
});

afterAll(async () => {
  await server.strongroom.dispose();
  await rm(dir, { recursive: true, force: true });
});

interface Spec {
  readonly KeySpec: string;
  readonly KeyUsage: string;
}

async function newKey(members: object = {}): Promise<string> {
  const command = new CreateKeyCommand({ Origin: 'EXTERNAL', ...members });
  return (await client.send(command)).KeyMetadata?.Arn as string;
}

async function describeKey(KeyId: string) {
  return (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;
}

async function materialsOf(KeyId: string) {
  const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
  return (await client.send(new ListKeyRotationsCommand(all))).Rotations ?? [];
}

/** Brings material into a key, wrapped as it is asked for. */
const importInto = async (
  KeyId: string,
  material: Buffer,
  members: Partial<ImportKeyMaterialCommandInput> = FOR_EVER,
  wrapping: Wrapping = {},
) => client.send(await importOrder(client, KeyId, material, members, wrapping));

/** Wraps with the openssl command: OAEP by pkeyutl, and for RSA_AES_KEY_WRAP RFC 5649 by enc. */
async function opensslWrap(material: Buffer, publicKey: Uint8Array, algorithm: string) {
  const file = (name: string) => join(dir, name);
  const digest = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  await writeFile(file('public.der'), publicKey);
  const oaep = async (octets: Buffer) => {
    await writeFile(file('plain'), octets);
    await run('openssl', [
      ...['pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', file('public.der')],
      ...['-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', `rsa_oaep_md:${digest}`],
      ...['-pkeyopt', `rsa_mgf1_md:${digest}`, '-in', file('plain'), '-out', file('wrapped')],
    ]);
    return readFile(file('wrapped'));
  };
  if (!algorithm.startsWith('RSA_AES')) return oaep(material);
  const aesKey = randomBytes(32);
  await writeFile(file('material'), material);
  await run('openssl', [
    ...['enc', '-id-aes256-wrap-pad', '-e', '-K', aesKey.toString('hex'), '-iv', 'A65959A6'],
    ...['-in', file('material'), '-out', file('kwp')],
  ]);
  return Buffer.concat([await oaep(aesKey), await readFile(file('kwp'))]);
}

const WRAPPING_KEY_SPECS = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const;
const OAEP = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];
const KEY_WRAP = ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'];
const ALL_WRAPPINGS = [...OAEP, ...KEY_WRAP, 'RSAES_PKCS1_V1_5'];

const pkcs8 = ({ privateKey }: { privateKey: KeyObject }): Buffer =>
  privateKey.export({ format: 'der', type: 'pkcs8' });
const ecKey = (namedCurve: string) => pkcs8(generateKeyPairSync('ec', { namedCurve }));

/** AWS's table of wrapping algorithms, a row for each kind of key. */
const KINDS: readonly (Spec & { wrappings: readonly string[]; make: () => Buffer })[] = [
  {
    ...{ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' },
    wrappings: OAEP,
    make: () => randomBytes(32),
  },
  {
    ...{ KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' },
    wrappings: OAEP,
    make: () => randomBytes(48),
  },
  {
    ...{ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
    wrappings: KEY_WRAP,
    make: () => pkcs8(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  },
  {
    ...{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    wrappings: [...OAEP, ...KEY_WRAP],
    make: () => ecKey('prime256v1'),
  },
  {
    ...{ KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' },
    wrappings: [...OAEP, ...KEY_WRAP],
    make: () => ecKey('secp521r1'),
  },
  {
    ...{ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' },
    wrappings: [...OAEP, ...KEY_WRAP],
    make: () => ecKey('secp256k1'),
  },
  {
    ...{ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
    wrappings: [...OAEP, ...KEY_WRAP],
    make: () => pkcs8(generateKeyPairSync('ed25519')),
  },
];

const SIGNING: Readonly<Record<string, [SigningAlgorithmSpec, string | null]>> = {
  RSA_2048: ['RSASSA_PKCS1_V1_5_SHA_256', 'sha256'],
  ECC_NIST_P256: ['ECDSA_SHA_256', 'sha256'],
  ECC_NIST_P521: ['ECDSA_SHA_512', 'sha512'],
  ECC_SECG_P256K1: ['ECDSA_SHA_256', 'sha256'],
  ECC_NIST_EDWARDS25519: ['ED25519_SHA_512', null],
};

const NEEDS_RSA_3072 = ['ECC_NIST_P521', 'ECC_NIST_EDWARDS25519'];

const fits = (spec: string, wrapping: string, wrappingKey: string, allowed: readonly string[]) =>
  allowed.includes(wrapping) &&
  !(NEEDS_RSA_3072.includes(spec) && OAEP.includes(wrapping) && wrappingKey === 'RSA_2048');

describe.each(KINDS)('material of $KeySpec', ({ KeySpec, KeyUsage, wrappings, make }) => {
  const cells = ALL_WRAPPINGS.flatMap((wrapping) =>
    WRAPPING_KEY_SPECS.map((wrappingKey) => ({ wrapping, wrappingKey })),
  );
  const good = cells.filter((cell) => fits(KeySpec, cell.wrapping, cell.wrappingKey, wrappings));
  const bad = cells.filter((cell) => !good.includes(cell));
  // A wide RSA pair takes seconds: one kind tries every width with each algorithm, the others the
  // smallest that suits.
  const tried = good.filter(
    ({ wrapping, wrappingKey }) =>
      KeySpec === 'ECC_NIST_P256' ||
      wrappingKey === good.find((cell) => cell.wrapping === wrapping)?.wrappingKey,
  );

  it('made by OpenSSL arrives under every algorithm that suits it', async () => {
    const material = make();
    const KeyId = await newKey({ KeySpec, KeyUsage });
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingImport', Enabled: false });
    for (const { wrapping, wrappingKey } of tried) {
      const way = { WrappingAlgorithm: wrapping, WrappingKeySpec: wrappingKey };
      await importInto(KeyId, material, FOR_EVER, { ...way, wrap: opensslWrap });
      expect(await describeKey(KeyId)).toMatchObject({
        KeyState: 'Enabled',
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      });
    }
    await expectInUse(KeyId, KeySpec, material);
    const other = make();
    await expect(
      importInto(KeyId, other, FOR_EVER, {
        WrappingAlgorithm: tried[0]?.wrapping ?? '',
        WrappingKeySpec: tried[0]?.wrappingKey ?? 'RSA_2048',
      }),
    ).rejects.toMatchObject({ name: 'IncorrectKeyMaterialException' });
  });

  it('is refused every algorithm that does not suit it', async () => {
    const KeyId = await newKey({ KeySpec, KeyUsage });
    for (const { wrapping, wrappingKey } of bad) {
      await expect(
        importInto(KeyId, Buffer.alloc(32), FOR_EVER, {
          WrappingAlgorithm: wrapping,
          WrappingKeySpec: wrappingKey,
        }),
      ).rejects.toMatchObject({
        name: 'ValidationException',
        message: `Wrapping algorithm ${wrapping} and wrapping key spec ${wrappingKey} cannot be used to import a ${KeySpec} key.`,
      });
    }
  });
});

/** That the key works with the very material, told by an independent implementation. */
async function expectInUse(KeyId: string, KeySpec: string, material: Buffer): Promise<void> {
  const Message = Buffer.from('a message');
  if (KeySpec === 'SYMMETRIC_DEFAULT') {
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: Message }));
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? [])).toEqual(Message);
  } else if (KeySpec === 'HMAC_384') {
    const { Mac } = await client.send(
      new GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_384' }),
    );
    await writeFile(join(dir, 'message'), Message);
    const { stdout } = await run('openssl', [
      ...['mac', '-digest', 'SHA384', '-macopt', `hexkey:${material.toString('hex')}`],
      ...['-in', join(dir, 'message'), 'HMAC'],
    ]);
    expect(Buffer.from(Mac ?? []).toString('hex')).toBe(stdout.trim().toLowerCase());
  } else {
    const [SigningAlgorithm, hash] = SIGNING[KeySpec] ?? ['ECDSA_SHA_256', 'sha256'];
    const { Signature } = await client.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
    const publicKey = createPublicKey({ key: material, format: 'der', type: 'pkcs8' } as never);
    expect(verify(hash, Message, publicKey, Signature as Uint8Array)).toBe(true);
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
    expect(Buffer.from(PublicKey ?? [])).toEqual(publicKey.export({ format: 'der', type: 'spki' }));
  }
}

describe('an import', () => {
  it.each([
    ['a short secret', 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', () => randomBytes(31), 0],
    ['a long secret', 'HMAC_256', 'GENERATE_VERIFY_MAC', () => randomBytes(33), 0],
    ['another curve', 'ECC_NIST_P256', 'SIGN_VERIFY', () => ecKey('secp256k1'), 0],
    [
      'another size',
      'RSA_3072',
      'SIGN_VERIFY',
      () => pkcs8(generateKeyPairSync('rsa', { modulusLength: 2048 })),
      1,
    ],
    ['no key at all', 'ECC_NIST_P384', 'SIGN_VERIFY', () => randomBytes(100), 0],
  ] as const)('of %s is refused', async (_, KeySpec, KeyUsage, make, wrap) => {
    const KeyId = await newKey({ KeySpec, KeyUsage });
    const WrappingAlgorithm = wrap === 1 ? 'RSA_AES_KEY_WRAP_SHA_256' : 'RSAES_OAEP_SHA_256';
    await expect(importInto(KeyId, make(), FOR_EVER, { WrappingAlgorithm })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingImport' });
  });

  it('with a token of another key, a damaged token or damaged material is refused', async () => {
    const [KeyId, other] = [await newKey(), await newKey()];
    const terms = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;
    const parameters = await client.send(new GetParametersForImportCommand({ KeyId, ...terms }));
    const EncryptedKeyMaterial = wrapMaterial(
      randomBytes(32),
      parameters.PublicKey as Uint8Array,
      terms.WrappingAlgorithm,
    );
    const ImportToken = parameters.ImportToken as Uint8Array;
    const attempt = (members: object) =>
      client.send(
        new ImportKeyMaterialCommand({
          ...{ KeyId, ImportToken, EncryptedKeyMaterial, ...FOR_EVER },
          ...members,
        }),
      );
    const damaged = Buffer.from(ImportToken);
    damaged[40] = (damaged[40] ?? 0) ^ 1;
    await expect(attempt({ KeyId: other })).rejects.toMatchObject({
      name: 'InvalidImportTokenException',
    });
    await expect(attempt({ ImportToken: damaged })).rejects.toMatchObject({
      name: 'InvalidImportTokenException',
    });
    await expect(attempt({ EncryptedKeyMaterial: randomBytes(256) })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    await server.advance(1.01);
    await expect(attempt({})).rejects.toMatchObject({ name: 'ExpiredImportTokenException' });
  });

  it('must say when the material expires, or that it does not', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const now = await server.advance(1);
    await expect(importInto(KeyId, material, {})).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
    });
    for (const ValidTo of [new Date(now - 1000), new Date(now + 366 * DAY_MS)]) {
      await expect(importInto(KeyId, material, { ValidTo })).rejects.toMatchObject({
        name: 'ValidationException',
      });
    }
    await expect(
      importInto(KeyId, material, { ...FOR_EVER, ValidTo: new Date(now + DAY_MS) }),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each(['NumericGreaterThan', 'DateGreaterThan'])(
    'is held to what a policy says of its end with %s',
    async (operator) => {
      const now = await server.advance(0.01);
      const day = (days: number) => new Date(now + days * DAY_MS);
      const limit = String(Math.floor(day(10).getTime() / 1000));
      const Condition = { [operator]: { 'kms:ValidTo': limit } };
      const everybody = { Principal: { AWS: '111122223333' }, Resource: '*' };
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'kms:*', ...everybody },
          { Effect: 'Deny', Action: 'kms:ImportKeyMaterial', ...everybody, Condition },
        ],
      });
      const KeyId = await newKey({ Policy });
      const material = randomBytes(32);
      await expect(importInto(KeyId, material, { ValidTo: day(11) })).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
      await importInto(KeyId, material, { ValidTo: day(9) });
    },
  );

  it('into a key of another origin is refused', async () => {
    const KeyId = await newKey({ Origin: 'AWS_KMS' });
    await expect(importInto(KeyId, randomBytes(32))).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
      message: `${KeyId} origin is AWS_KMS which is not valid for this operation.`,
    });
  });
});

describe('imported material', () => {
  it('expires at its date, is told as an event, and can be imported again', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const now = await server.advance(1);
    const ValidTo = new Date(now + 10 * DAY_MS);
    const { KeyMaterialId } = await importInto(KeyId, material, { ValidTo });
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from('kept') }),
    );
    expect((await describeKey(KeyId))?.ValidTo?.getTime()).toBeCloseTo(ValidTo.getTime(), -3);
    await server.advance(11);
    const expired = await describeKey(KeyId);
    expect(expired).toMatchObject({
      KeyState: 'PendingImport',
      CurrentKeyMaterialId: KeyMaterialId,
    });
    expect(expired).not.toHaveProperty('ExpirationModel');
    expect(expired).not.toHaveProperty('ValidTo');
    await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'KMSInvalidStateException',
      message: `${KeyId} is pending import.`,
    });
    // The entry is cleared later.
    expect((await materialsOf(KeyId))[0]).not.toHaveProperty('ValidTo');
    const event = (await server.events()).find(({ resources }) => resources.includes(KeyId));
    expect(event).toMatchObject({
      'detail-type': 'KMS Imported Key Material Expiration',
      detail: { 'key-id': KeyId.split('/').at(-1), 'key-material-id': KeyMaterialId },
    });
    await importInto(KeyId, material);
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('kept');
  });

  it('shows its date a while longer in the list when it has expired', async () => {
    const KeyId = await newKey();
    const ValidTo = new Date((await server.advance(0.01)) + DAY_MS);
    await importInto(KeyId, randomBytes(32), { ValidTo });
    await server.advance(1 + 1 / (24 * 60));
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingImport' });
    const [entry] = await materialsOf(KeyId);
    const ExpirationModel = 'KEY_MATERIAL_EXPIRES';
    expect(entry).toMatchObject({ ImportState: 'IMPORTED', ExpirationModel });
    expect(entry?.ValidTo?.getTime()).toBeCloseTo(ValidTo.getTime(), -3);
    await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    const [deleted] = await materialsOf(KeyId);
    expect(deleted).toMatchObject({ ImportState: 'PENDING_IMPORT' });
    expect(deleted).not.toHaveProperty('ExpirationModel');
  });

  it('that is pending rotation does not expire until it becomes the current one', async () => {
    const KeyId = await newKey();
    await importInto(KeyId, randomBytes(32));
    const old = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('old') }));
    const next = randomBytes(32);
    const ValidTo = new Date((await server.advance(0.01)) + 2 * DAY_MS);
    const NEW = { ImportType: 'NEW_KEY_MATERIAL' } as const;
    const { KeyMaterialId } = await importInto(KeyId, next, { ...NEW, ValidTo });
    await server.advance(3);
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Enabled' });
    const pending = (await materialsOf(KeyId)).at(-1);
    expect(pending).toMatchObject({
      ...{ KeyMaterialId, ImportState: 'IMPORTED', KeyMaterialState: 'PENDING_ROTATION' },
    });
    await expect(importInto(KeyId, randomBytes(32), { ...FOR_EVER, ...NEW })).rejects.toMatchObject(
      { name: 'KMSInvalidStateException' },
    );
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    expect(await describeKey(KeyId)).toMatchObject({
      ...{ KeyState: 'PendingImport', CurrentKeyMaterialId: KeyMaterialId },
    });
    const awaited = { name: 'KMSInvalidStateException', message: `${KeyId} is pending import.` };
    const decrypting = client.send(new DecryptCommand({ CiphertextBlob: old.CiphertextBlob }));
    await expect(decrypting).rejects.toMatchObject(awaited);
    const names = (await server.events())
      .filter(({ resources }) => resources.includes(KeyId))
      .map((event) => event['detail-type']);
    expect(names).toContain('KMS Imported Key Material Expiration');
    await importInto(KeyId, next);
    const { Plaintext } = await client.send(
      new DecryptCommand({ CiphertextBlob: old.CiphertextBlob }),
    );
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('old');
  });

  it('rotates by new material that waits, with every older one needed', async () => {
    const KeyId = await newKey();
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const one = await importInto(KeyId, first, { ...FOR_EVER, KeyMaterialDescription: 'first' });
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId, Plaintext: Buffer.from('first') }),
    );
    await expect(client.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: 'KMSInvalidStateException',
      message: `No available key material pending rotation for the key: ${KeyId}.`,
    });
    const two = await importInto(KeyId, second, { ...FOR_EVER, ImportType: 'NEW_KEY_MATERIAL' });
    expect((await describeKey(KeyId))?.CurrentKeyMaterialId).toBe(one.KeyMaterialId);
    await expect(
      importInto(KeyId, randomBytes(32), { ...FOR_EVER, ImportType: 'NEW_KEY_MATERIAL' }),
    ).rejects.toMatchObject({
      name: 'KMSInvalidStateException',
      message: expect.stringMatching(
        `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${KeyId}, because another key material \\(id: ${two.KeyMaterialId}\\) is pending rotation\\.$`,
      ),
    });
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    expect((await describeKey(KeyId))?.CurrentKeyMaterialId).toBe(two.KeyMaterialId);
    const { Rotations } = await client.send(
      new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    );
    expect(Rotations).toMatchObject([
      {
        KeyMaterialId: one.KeyMaterialId,
        KeyMaterialState: 'NON_CURRENT',
        KeyMaterialDescription: 'first',
        ImportState: 'IMPORTED',
      },
      { KeyMaterialId: two.KeyMaterialId, KeyMaterialState: 'CURRENT', RotationType: 'ON_DEMAND' },
    ]);
    await client.send(new DecryptCommand({ CiphertextBlob }));
    await client.send(
      new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId: one.KeyMaterialId }),
    );
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingImport' });
    await importInto(KeyId, first);
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Enabled' });
    await client.send(new DecryptCommand({ CiphertextBlob }));
  });

  it('is deleted at once, and a second time without effect', async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const { KeyMaterialId } = await importInto(KeyId, material);
    for (let time = 0; time < 2; time += 1) {
      const deleted = await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
      expect(deleted).toMatchObject({ KeyId, KeyMaterialId });
      expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingImport' });
    }
    await expect(importInto(KeyId, randomBytes(32))).rejects.toMatchObject({
      name: 'IncorrectKeyMaterialException',
    });
    const again = await importInto(KeyId, material);
    expect(again.KeyMaterialId).toBe(KeyMaterialId);
  });

  it('of the same octets has another id in another key', async () => {
    const material = randomBytes(32);
    const ids = [];
    for (let made = 0; made < 2; made += 1) {
      ids.push((await importInto(await newKey(), material)).KeyMaterialId);
    }
    expect(new Set(ids).size).toBe(2);
  });
});
