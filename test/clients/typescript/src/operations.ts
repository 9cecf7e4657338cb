/** Every operation of the KMS API once, paginators, errors, retries, and STS. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import {
  type CreateKeyCommandInput,
  DisabledException,
  InvalidCiphertextException,
  KMS,
  MalformedPolicyDocumentException,
  NotFoundException,
  paginateListKeys,
} from '@aws-sdk/client-kms';
import { type Credentials, STS } from '@aws-sdk/client-sts';
import { known, stage, testCase } from './cases.js';

/** As every user's: Region, credentials and endpoint are in the environment. */
export const kms = new KMS({});
const sts = new STS({});

async function newKey(input: CreateKeyCommandInput): Promise<string> {
  return known((await kms.createKey(input)).KeyMetadata?.KeyId);
}

export async function operations(): Promise<void> {
  const key = await newKey({
    Description: 'of JavaScript',
    Tags: [{ TagKey: 'for', TagValue: 'JavaScript' }],
  });
  const tests: Readonly<Record<string, (key: string) => Promise<string | undefined>>> = {
    'encrypt, decrypt, re-encrypt': encryption,
    'data keys, random': dataKeys,
    'describe, list, update': describing,
    aliases,
    tags,
    'key policies': policies,
    grants,
    rotation,
    'states and deletion': states,
    'imported key material': importing,
    'multi-Region keys': replicas,
    'custom key store': customKeyStore,
    paginators,
    'typed errors': typedErrors,
    retries,
    AssumeRole: assumeRole,
    'web identity': webIdentity,
  };
  for (const [name, test] of Object.entries(tests)) await testCase(name, () => test(key));
}

async function decrypted(CiphertextBlob: Uint8Array | undefined): Promise<string> {
  const { Plaintext } = await kms.decrypt({ CiphertextBlob });
  return Buffer.from(known(Plaintext)).toString('latin1');
}

async function encryption(KeyId: string): Promise<undefined> {
  const EncryptionContext = { purpose: 'test', Ärger: 'ß' };
  const Plaintext = Buffer.from('secret');
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext });
  const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext });
  deepEqual(Buffer.from(known(opened.Plaintext)), Plaintext);
  const moved = await kms.reEncrypt({
    CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId: KeyId,
  });
  equal(await decrypted(moved.CiphertextBlob), 'secret');
  return undefined;
}

async function dataKeys(KeyId: string): Promise<undefined> {
  const made = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' });
  const plaintext = Buffer.from(known(made.Plaintext)).toString('latin1');
  equal(await decrypted(made.CiphertextBlob), plaintext);
  const blind = await kms.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 24 });
  equal((await decrypted(blind.CiphertextBlob)).length, 24);
  const pair = await kms.generateDataKeyPairWithoutPlaintext({
    KeyId,
    KeyPairSpec: 'ECC_NIST_P256',
  });
  ok((await decrypted(pair.PrivateKeyCiphertextBlob)).length > 32);
  equal((await kms.generateRandom({ NumberOfBytes: 1024 })).Plaintext?.length, 1024);
  return undefined;
}

async function describing(KeyId: string): Promise<undefined> {
  await kms.updateKeyDescription({ KeyId, Description: 'another' });
  equal((await kms.describeKey({ KeyId })).KeyMetadata?.Description, 'another');
  await kms.getKeyLastUsage({ KeyId });
  equal((await kms.listKeys({ Limit: 1 })).Truncated, true);
  return undefined;
}

async function aliases(TargetKeyId: string): Promise<undefined> {
  const AliasName = `alias/javascript-${Date.now()}`;
  await kms.createAlias({ AliasName, TargetKeyId });
  equal((await kms.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId, TargetKeyId);
  const other = await newKey({});
  await kms.updateAlias({ AliasName, TargetKeyId: other });
  equal((await kms.listAliases({ KeyId: other })).Aliases?.[0]?.AliasName, AliasName);
  await kms.deleteAlias({ AliasName });
  return undefined;
}

async function tags(KeyId: string): Promise<undefined> {
  await kms.tagResource({ KeyId, Tags: [{ TagKey: 'more', TagValue: '' }] });
  await kms.untagResource({ KeyId, TagKeys: ['for'] });
  const { Tags } = await kms.listResourceTags({ KeyId });
  deepEqual(Tags, [{ TagKey: 'more', TagValue: '' }]);
  return undefined;
}

async function policies(KeyId: string): Promise<undefined> {
  deepEqual((await kms.listKeyPolicies({ KeyId })).PolicyNames, ['default']);
  const { Policy } = await kms.getKeyPolicy({ KeyId });
  await kms.putKeyPolicy({ KeyId, Policy });
  return undefined;
}

async function grants(KeyId: string): Promise<undefined> {
  const RetiringPrincipal = stage.userArn;
  const grant = { KeyId, GranteePrincipal: stage.userArn, RetiringPrincipal };
  const first = await kms.createGrant({ ...grant, Operations: ['Encrypt', 'DescribeKey'] });
  const second = await kms.createGrant({ ...grant, Operations: ['Decrypt'] });
  equal((await kms.listGrants({ KeyId })).Grants?.length, 2);
  const retirable = await kms.listRetirableGrants({ RetiringPrincipal });
  ok(known(retirable.Grants).length >= 2);
  await kms.retireGrant({ GrantToken: first.GrantToken });
  await kms.revokeGrant({ KeyId, GrantId: second.GrantId });
  equal((await kms.listGrants({ KeyId })).Grants?.length, 0);
  return undefined;
}

async function rotation(KeyId: string): Promise<undefined> {
  const before = await kms.encrypt({ KeyId, Plaintext: Buffer.from('before') });
  await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 180 });
  equal((await kms.getKeyRotationStatus({ KeyId })).RotationPeriodInDays, 180);
  await kms.rotateKeyOnDemand({ KeyId });
  equal((await kms.listKeyRotations({ KeyId })).Rotations?.length, 1);
  await kms.disableKeyRotation({ KeyId });
  equal(await decrypted(before.CiphertextBlob), 'before');
  return undefined;
}

async function states(KeyId: string): Promise<undefined> {
  await kms.disableKey({ KeyId });
  await rejects(kms.encrypt({ KeyId, Plaintext: Buffer.from('x') }), DisabledException);
  await kms.enableKey({ KeyId });
  const scheduled = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  equal(scheduled.KeyState, 'PendingDeletion');
  await kms.cancelKeyDeletion({ KeyId });
  return undefined;
}

async function importing(): Promise<undefined> {
  const KeyId = await newKey({ Origin: 'EXTERNAL' });
  const { PublicKey, ImportToken } = await kms.getParametersForImport({
    KeyId,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  });
  const key = { key: Buffer.from(known(PublicKey)), format: 'der', type: 'spki' } as const;
  const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const EncryptedKeyMaterial = publicEncrypt({ ...key, ...oaep }, randomBytes(32));
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  await kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel });
  equal((await kms.describeKey({ KeyId })).KeyMetadata?.KeyState, 'Enabled');
  await kms.deleteImportedKeyMaterial({ KeyId });
  return undefined;
}

async function replicas(): Promise<undefined> {
  const KeyId = await newKey({ MultiRegion: true });
  const there = new KMS({ region: stage.otherRegion });
  await kms.replicateKey({ KeyId, ReplicaRegion: stage.otherRegion });
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('here') });
  const { Plaintext } = await there.decrypt({ KeyId, CiphertextBlob });
  equal(Buffer.from(known(Plaintext)).toString(), 'here');
  await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: stage.otherRegion });
  const { KeyMetadata } = await there.describeKey({ KeyId });
  equal(KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType, 'PRIMARY');
  return undefined;
}

async function customKeyStore(): Promise<undefined> {
  const { CustomKeyStoreId } = await kms.createCustomKeyStore(stage.customKeyStore);
  await kms.updateCustomKeyStore({ CustomKeyStoreId, NewCustomKeyStoreName: 'renamed' });
  await kms.connectCustomKeyStore({ CustomKeyStoreId });
  await untilState(CustomKeyStoreId, 'CONNECTED');
  await kms.disconnectCustomKeyStore({ CustomKeyStoreId });
  await untilState(CustomKeyStoreId, 'DISCONNECTED');
  await kms.deleteCustomKeyStore({ CustomKeyStoreId });
  return undefined;
}

async function untilState(CustomKeyStoreId: string | undefined, wanted: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { CustomKeyStores } = await kms.describeCustomKeyStores({ CustomKeyStoreId });
    const state = CustomKeyStores?.[0]?.ConnectionState;
    if (state === wanted) return;
    if (Date.now() > deadline) throw new Error(`the store is ${state}, not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function paginators(): Promise<string> {
  const absent = new Set(stage.kinds.map(({ arn }) => arn));
  let pages = 0;
  for await (const { Keys } of paginateListKeys({ client: kms, pageSize: 5 }, {})) {
    pages += 1;
    for (const { KeyArn } of known(Keys)) absent.delete(known(KeyArn));
  }
  deepEqual([...absent], []);
  return `${pages} pages of ListKeys`;
}

async function typedErrors(): Promise<undefined> {
  const KeyId = '00000000-1111-2222-3333-444444444444';
  await rejects(kms.describeKey({ KeyId }), NotFoundException);
  await rejects(kms.decrypt({ CiphertextBlob: new Uint8Array(99) }), InvalidCiphertextException);
  const policy = { KeyId: stage.exchangeKeys.symmetric, Policy: '{' };
  await rejects(kms.putKeyPolicy(policy), MalformedPolicyDocumentException);
  return undefined;
}

async function retries(): Promise<string> {
  const order = { KeyId: stage.exchangeKeys.symmetric, Plaintext: Buffer.from('x') };
  const endpoint = stage.flakyEndpoint;
  const once = new KMS({ endpoint, maxAttempts: 1 });
  await rejects(once.encrypt(order), { name: 'ThrottlingException' });
  const { $metadata } = await new KMS({ endpoint, maxAttempts: 4 }).encrypt(order);
  return `${$metadata.attempts} attempts`;
}

async function assumeRole(): Promise<undefined> {
  equal((await sts.getCallerIdentity({})).Arn, stage.userArn);
  const RoleSessionName = 'javascript';
  const assumed = await sts.assumeRole({ RoleArn: stage.roleArn, RoleSessionName });
  return bySession(assumed.Credentials);
}

async function webIdentity(): Promise<undefined> {
  const assumed = await sts.assumeRoleWithWebIdentity({
    RoleArn: stage.webIdentityRoleArn,
    RoleSessionName: 'javascript',
    WebIdentityToken: stage.webIdentityToken,
  });
  return bySession(assumed.Credentials);
}

/** The role may encrypt, and no more. */
async function bySession(given: Credentials | undefined): Promise<undefined> {
  const { AccessKeyId, SecretAccessKey, SessionToken } = known(given);
  const credentials = {
    accessKeyId: known(AccessKeyId),
    secretAccessKey: known(SecretAccessKey),
    sessionToken: known(SessionToken),
  };
  const KeyId = stage.exchangeKeys.symmetric;
  const session = new KMS({ credentials });
  await session.encrypt({ KeyId, Plaintext: Buffer.from('by a session') });
  await rejects(session.disableKey({ KeyId }), { name: 'AccessDeniedException' });
  return undefined;
}
