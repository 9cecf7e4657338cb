import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EnableKeyRotationCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KeyMetadata,
  type KMSClient,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';
import { decrypt, encrypt, keyState, PLAINTEXT } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { eventually } from '../support/eventually.js';
import { SignedHttp } from '../support/faces/signed-http.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { SimulatedServer } from '../support/simulated-server.js';

const TOKEN = 'cluster-softhsmtoken';

let server: SimulatedServer;
let client: KMSClient;
let tool: Pkcs11Tool;
let store: string;

beforeAll(async () => {
  server = await SimulatedServer.start();
  client = await server.strongroom.client();
  tool = new Pkcs11Tool(server.strongroom, TOKEN);
  store = await connectedKeyStore(server.strongroom, client);
  await tokenTried();
});

/** SoftHSM may miss an object that another process makes while this one makes others, as trials do. */
async function tokenTried(): Promise<void> {
  await eventually('the token was tried', async () =>
    server.strongroom.log.includes('"msg":"token probed"'),
  );
}

afterAll(() => server.strongroom.dispose());

async function adopt(members: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const http = await SignedHttp.to(server.strongroom, 'us-east-1');
  const response = await http.send({
    method: 'POST',
    path: `/v1/custom-key-stores/${store}/adopt`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(members),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function adopted(members: object): Promise<KeyMetadata & { KeyId: string }> {
  const { status, body } = await adopt(members);
  expect(body).toHaveProperty('KeyMetadata');
  expect(status).toBe(200);
  return body.KeyMetadata as KeyMetadata & { KeyId: string };
}

/** What the trail says of the end of a key's object. */
async function deletionOf(keyId: string): Promise<string | undefined> {
  let status: string | undefined;
  await expect
    .poll(async () => {
      const records: Record<string, unknown>[] = await auditRecords(server.strongroom);
      const ofKey = records.find(
        (record) =>
          record.eventName === 'DeleteKey' && JSON.stringify(record.resources).includes(keyId),
      );
      status = Object(ofKey?.additionalEventData).backingKeysDeletionStatus;
      return status;
    })
    .toBeDefined();
  return status;
}

/** What the tool says of the public half, before anything of ours has seen it. */
async function publicKeyOf(id: string): Promise<KeyObject> {
  const pem = await tool.publicKey(id);
  return createPublicKey({ key: pem, format: 'der', type: 'spki' });
}

const pair = (keyType: string, id: string, ...usage: string[]) =>
  tool.run('--keypairgen', '--key-type', keyType, '--label', `pair-${id}`, '--id', id, ...usage);
const secret = (keyType: string, id: string, ...usage: string[]) =>
  tool.run('--keygen', '--key-type', keyType, '--label', `secret-${id}`, '--id', id, ...usage);

describe('a key that others made', () => {
  it('AES: encrypts and decrypts under its CKA_ID of any octets, and is not destroyed with its KMS key', async () => {
    await secret('AES:32', '01ff', '--sensitive');
    const metadata = await adopted({ ObjectId: '01FF', Description: 'not ours' });
    expect(metadata).toMatchObject({
      ...{ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', KeyState: 'Enabled' },
      ...{ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store, Description: 'not ours' },
    });
    const { KeyId } = metadata;
    const blob = await encrypt(client, KeyId);
    expect(Buffer.from(await decrypt(client, blob))).toEqual(PLAINTEXT);
    for (const Rotate of [EnableKeyRotationCommand, RotateKeyOnDemandCommand]) {
      await expect(client.send(new Rotate({ KeyId }) as never)).rejects.toMatchObject({
        name: 'UnsupportedOperationException',
        message: 'A key that was adopted cannot be rotated.',
      });
    }
    const again = await adopt({ ObjectLabel: 'secret-01ff' });
    expect([again.status, JSON.stringify(again.body)]).toEqual([
      409,
      expect.stringContaining('is a KMS key already'),
    ]);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await server.advance(8);
    await expect.poll(() => keyState(client, KeyId).catch((e) => e.name)).toBe('NotFoundException');
    expect(await tool.keyIds()).toContain('01ff');
    expect(await deletionOf(KeyId)).toBe('NOT_REQUESTED');
    // It is nobody's now, and may be adopted again.
    expect((await adopted({ ObjectId: '01ff' })).KeyId).not.toBe(KeyId);
  });

  it('is destroyed with its KMS key where that was asked for', async () => {
    await secret('AES:32', '02', '--sensitive');
    const { KeyId } = await adopted({ ObjectId: '02', DestroyOnDeletion: true });
    await encrypt(client, KeyId);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(await tool.keyIds()).toContain('02');
    await server.advance(8);
    await expect.poll(() => tool.keyIds(), { timeout: 20_000 }).not.toContain('02');
    expect(await deletionOf(KeyId)).toBe('SUCCESS');
  });

  it('is not destroyed where it got a twin', async () => {
    await secret('AES:32', '08', '--sensitive');
    const { KeyId } = await adopted({ ObjectId: '08', DestroyOnDeletion: true });
    await secret('AES:32', '08', '--sensitive');
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await server.advance(8);
    await expect.poll(() => server.strongroom.log, { timeout: 20_000 }).toContain('has a twin');
    expect((await tool.keyIds()).filter((id) => id === '08')).toHaveLength(2);
  });

  it('RSA: signs what OpenSSL verifies with the public key that was known before', async () => {
    await pair('rsa:2048', '03', '--usage-sign');
    const known = await publicKeyOf('03');
    const { KeyId, KeySpec, KeyUsage } = await adopted({
      ...{ ObjectUri: 'pkcs11:id=%03;type=private', KeyUsage: 'SIGN_VERIFY' },
    });
    expect([KeySpec, KeyUsage]).toEqual(['RSA_2048', 'SIGN_VERIFY']);
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
    expect(Buffer.from(PublicKey ?? [])).toEqual(known.export({ format: 'der', type: 'spki' }));
    const SigningAlgorithm = 'RSASSA_PKCS1_V1_5_SHA_256';
    const { Signature } = await client.send(
      new SignCommand({ KeyId, Message: PLAINTEXT, SigningAlgorithm }),
    );
    expect(verify('sha256', PLAINTEXT, known, Signature as Uint8Array)).toBe(true);
  });

  it('RSA: decrypts what was encrypted before it was adopted', async () => {
    await pair('rsa:2048', '04', '--usage-decrypt');
    const key = await publicKeyOf('04');
    const CiphertextBlob = publicEncrypt({ key, oaepHash: 'sha1' }, PLAINTEXT);
    const { KeyId, KeyUsage } = await adopted({
      ...{ ObjectLabel: 'pair-04', KeyUsage: 'ENCRYPT_DECRYPT' },
    });
    expect(KeyUsage).toBe('ENCRYPT_DECRYPT');
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_1';
    const { Plaintext } = await client.send(
      new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }),
    );
    expect(Buffer.from(Plaintext ?? [])).toEqual(PLAINTEXT);
  });

  it('elliptic curves: what it is for is asked where it may be for two things', async () => {
    await pair('EC:prime256v1', '05', '--usage-sign', '--usage-derive');
    const refused = await adopt({ ObjectId: '05' });
    expect(JSON.stringify(refused.body)).toContain(
      'SIGN_VERIFY and KEY_AGREEMENT: specify KeyUsage',
    );
    const known = await publicKeyOf('05');
    const { KeyId } = await adopted({ ObjectId: '05', KeyUsage: 'KEY_AGREEMENT' });
    const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const { SharedSecret } = await client.send(
      new DeriveSharedSecretCommand({
        KeyId,
        KeyAgreementAlgorithm: 'ECDH',
        PublicKey: peer.publicKey.export({ format: 'der', type: 'spki' }),
      }),
    );
    expect(Buffer.from(SharedSecret ?? [])).toEqual(
      diffieHellman({ privateKey: peer.privateKey, publicKey: known }),
    );
  });

  it('HMAC: by its length', async () => {
    await secret('GENERIC:32', '06', '--sensitive', '--usage-sign');
    const { KeyId, KeySpec } = await adopted({ ObjectId: '06' });
    expect(KeySpec).toBe('HMAC_256');
    const mac = new GenerateMacCommand({ KeyId, Message: PLAINTEXT, MacAlgorithm: 'HMAC_SHA_256' });
    expect((await client.send(mac)).Mac).toHaveLength(32);
  });

  it('is in the trail, and is there after a restart', async () => {
    await secret('AES:32', '07', '--sensitive');
    const { KeyId } = await adopted({ ObjectId: '07' });
    const blob = await encrypt(client, KeyId);
    await server.strongroom.stop();
    await server.strongroom.start();
    client = await server.strongroom.client();
    await expect
      .poll(
        () =>
          decrypt(client, blob).then(
            (plain) => Buffer.from(plain).toString(),
            (e) => e.name,
          ),
        {
          timeout: 20_000,
        },
      )
      .toBe(PLAINTEXT.toString());
    await tokenTried();
    const records = await auditRecords(server.strongroom);
    expect(
      records.find(
        ({ eventName, requestParameters }) =>
          eventName === 'AdoptKey' && JSON.stringify(requestParameters).includes('"07"'),
      ),
    ).toMatchObject({
      requestParameters: { objectId: '07', customKeyStoreId: store },
      resources: [{ ARN: expect.stringContaining(KeyId) }],
    });
  });
});

describe('strongroom key adopt', () => {
  const cli = (...args: string[]) => {
    const { endpoint } = server.strongroom;
    return server.strongroom.cli('key', 'adopt', '--store', store, '--endpoint', endpoint, ...args);
  };

  it('adopts, and tells the key', async () => {
    await secret('AES:32', '21', '--sensitive');
    const done = await cli('--id', '21', '--description', 'by hand', '--json');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const { KeyMetadata } = JSON.parse(done.stdout);
    expect(KeyMetadata).toMatchObject({ Description: 'by hand', KeySpec: 'SYMMETRIC_DEFAULT' });
    expect(Buffer.from(await decrypt(client, await encrypt(client, KeyMetadata.KeyId)))).toEqual(
      PLAINTEXT,
    );
    const again = await cli('--id', '21');
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('AlreadyExistsException: This key of the CloudHSM cluster is');
  });

  it('says what is wrong with it, or with the way to the server', async () => {
    expect(await cli('--id', '21', '--deletion', 'perhaps')).toMatchObject({ code: 2 });
    const nobody = await server.strongroom.cli(
      ...['key', 'adopt', '--store', store, '--id', '21', '--endpoint', 'http://127.0.0.1:1'],
    );
    expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining('does not answer')]);
  });
});

describe('refused is', () => {
  const refusal = async (members: object) => {
    const { status, body } = await adopt(members);
    expect(status).toBeGreaterThanOrEqual(400);
    return JSON.stringify(body);
  };

  const AES = { CKA_KEY_TYPE: 0x1f, CKA_VALUE_LEN: 32 };

  it.each([
    ['one that can leave the token', { ...AES, CKA_EXTRACTABLE: true }, 'it can leave the token'],
    ['one whose value can be read', { ...AES, CKA_SENSITIVE: false }, 'its value can be read'],
    ['one of a size that KMS lacks', { ...AES, CKA_VALUE_LEN: 16 }, 'No key spec of KMS'],
    ['one that may not encrypt', { ...AES, CKA_ENCRYPT: false }, 'allow no usage of SYMMETRIC'],
    ['one that may not decrypt', { ...AES, CKA_DECRYPT: false }, 'allow no usage of SYMMETRIC'],
  ])('%s', async (what, attributes, text) => {
    const id = Buffer.from(what).toString('hex');
    await tool.makeSecret('CKM_AES_KEY_GEN', {
      ...{ CKA_CLASS: 4, CKA_TOKEN: true, CKA_PRIVATE: true, CKA_ID: id },
      ...{ CKA_SENSITIVE: true, CKA_EXTRACTABLE: false, CKA_ENCRYPT: true, CKA_DECRYPT: true },
      ...attributes,
    });
    expect(await refusal({ ObjectId: id })).toContain(text);
  });

  it('another usage than a key of its type can have, and a Strongroom that guesses', async () => {
    await pair('EC:secp256k1', '15', '--usage-sign');
    expect(await refusal({ ObjectId: '15', KeyUsage: 'KEY_AGREEMENT' })).toContain(
      'allow SIGN_VERIFY, not KEY_AGREEMENT',
    );
    await pair('rsa:2048', '12');
    expect(await refusal({ ObjectId: '12' })).toContain('specify KeyUsage');
  });

  it('one of two with the same name', async () => {
    await secret('AES:32', '16', '--sensitive');
    await secret('AES:32', '16', '--sensitive');
    expect(await refusal({ ObjectId: '16' })).toContain('more than one');
  });

  it("a private key with another's public half", async () => {
    await pair('EC:prime256v1', '17', '--usage-sign');
    await pair('EC:prime256v1', '18', '--usage-sign');
    const other = await tool.publicKey('18');
    await tool.run('--delete-object', '--type', 'pubkey', '--id', '17');
    await tool.writePublicKey(other, '17');
    expect(await refusal({ ObjectId: '17' })).toContain('does not belong to the private key');
  });

  it('a pair without its public half', async () => {
    await pair('EC:prime256v1', '19', '--usage-sign');
    await tool.run('--delete-object', '--type', 'pubkey', '--id', '19');
    expect(await refusal({ ObjectId: '19' })).toContain('public half of this key cannot be read');
  });

  it("a Strongroom's own, and what is not there", async () => {
    await client.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: store }));
    const [own] = (await tool.keyIds()).filter((id) => id.length === 64);
    expect(await refusal({ ObjectId: own })).toContain('made by a Strongroom');
    expect(await refusal({ ObjectId: 'abcd' })).toContain('no secret or private key');
    expect(await refusal({})).toContain('Specify ObjectId, ObjectLabel or ObjectUri');
  });

  it('all but one of those who adopt it at once', async () => {
    await secret('AES:32', '1a', '--sensitive');
    const all = await Promise.all(Array.from({ length: 5 }, () => adopt({ ObjectId: '1a' })));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  });
});
