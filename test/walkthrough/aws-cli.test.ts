import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import { SOFTHSM_MODULE } from '../support/softhsm-token.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';
import { awsCli } from './aws-cli.js';

const run = promisify(execFile);
const CLUSTER = 'cluster-softhsmtoken';
const metadataOf = ({ KeyMetadata }: Record<string, unknown>) =>
  KeyMetadata as Record<string, string>;

let strongroom: Strongroom;
let kms: ReturnType<typeof awsCli>;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  kms = awsCli(strongroom);
});
afterAll(() => strongroom?.dispose());

/** Encrypts a file and decrypts it, as the AWS CLI's own manual shows it. */
async function throughFile(keyId: string): Promise<void> {
  const secret = randomBytes(1000);
  const [plain, sealed] = ['secret.bin', 'secret.sealed'].map((name) => join(strongroom.dir, name));
  await writeFile(plain as string, secret);
  const context = ['--encryption-context', 'purpose=walkthrough'];
  const encrypt = ['--key-id', keyId, '--plaintext', 'fileb://secret.bin', ...context];
  const { CiphertextBlob } = await kms('encrypt', ...encrypt);
  const blob = Buffer.from(String(CiphertextBlob), 'base64');
  expect(blob.includes(secret)).toBe(false);
  await writeFile(sealed as string, blob);
  const opened = await kms('decrypt', '--ciphertext-blob', 'fileb://secret.sealed', ...context);
  expect(Buffer.from(String(opened.Plaintext), 'base64')).toEqual(secret);
  const without = kms('decrypt', '--ciphertext-blob', 'fileb://secret.sealed');
  await expect(without).rejects.toMatchObject({
    code: 254,
    stderr: expect.stringContaining('(InvalidCiphertextException)'),
  });
}

// Each step builds on the one before, as it does for whoever follows the README.
describe.sequential('five minutes with the AWS CLI', () => {
  let keyId: string;

  it('makes a key, gives it a name and lists it', async () => {
    const created = await kms('create-key', '--description', 'walkthrough');
    keyId = metadataOf(created).KeyId as string;
    await kms('create-alias', '--alias-name', 'alias/walk', '--target-key-id', keyId);
    const { Keys } = await kms('list-keys');
    const KeyArn = `arn:aws:kms:us-east-1:${ACCOUNT_ID}:key/${keyId}`;
    expect(Keys).toEqual([{ KeyId: keyId, KeyArn }]);
    const { Aliases } = await kms('list-aliases', '--key-id', keyId);
    expect(Aliases).toMatchObject([{ AliasName: 'alias/walk', TargetKeyId: keyId }]);
  });

  it('encrypts a file and decrypts it', () => throughFile('alias/walk'));

  it('makes a data key', async () => {
    const made = await kms('generate-data-key', '--key-id', 'alias/walk', '--key-spec', 'AES_256');
    expect(Buffer.from(String(made.Plaintext), 'base64')).toHaveLength(32);
    const blob = join(strongroom.dir, 'data-key.sealed');
    await writeFile(blob, Buffer.from(String(made.CiphertextBlob), 'base64'));
    const opened = await kms('decrypt', '--ciphertext-blob', 'fileb://data-key.sealed');
    expect(opened.Plaintext).toBe(made.Plaintext);
  });

  it('is told no in AWS’s words', async () => {
    await expect(kms('describe-key', '--key-id', 'alias/none')).rejects.toMatchObject({
      stderr: expect.stringContaining(
        `An error occurred (NotFoundException) when calling the DescribeKey operation: Alias arn:aws:kms:us-east-1:${ACCOUNT_ID}:alias/none is not found.`,
      ),
    });
  });
});

describe.sequential('a custom key store with the AWS CLI', () => {
  let storeId: string;
  let keyId: string;

  it('is made, connected and described', async () => {
    const file = (suffix: string) => join(strongroom.dataDir, `${CLUSTER}.${suffix}`);
    const pin = (await readFile(file('pin'), 'utf8')).trim();
    const made = await kms(
      'create-custom-key-store',
      ...['--custom-key-store-name', 'walkthrough', '--cloud-hsm-cluster-id', CLUSTER],
      ...['--trust-anchor-certificate', `file://${file('crt')}`, '--key-store-password', pin],
    );
    storeId = String(made.CustomKeyStoreId);
    await kms('connect-custom-key-store', '--custom-key-store-id', storeId);
    await connectionState(await strongroom.client(), storeId, 'CONNECTED');
    const { CustomKeyStores } = await kms('describe-custom-key-stores');
    expect(CustomKeyStores).toMatchObject([
      {
        CustomKeyStoreId: storeId,
        CustomKeyStoreName: 'walkthrough',
        CloudHsmClusterId: CLUSTER,
        ConnectionState: 'CONNECTED',
      },
    ]);
  });

  it('makes a key in the token that encrypts a file', async () => {
    const where = ['--origin', 'AWS_CLOUDHSM', '--custom-key-store-id', storeId];
    const created = metadataOf(await kms('create-key', ...where));
    keyId = created.KeyId as string;
    expect(created).toMatchObject({ Origin: 'AWS_CLOUDHSM', CloudHsmClusterId: CLUSTER });
    await throughFile(keyId);
  });

  it('shows the key to OpenSC as sensitive and never extractable', async () => {
    const { stdout } = await run(
      'pkcs11-tool',
      [
        ...['--module', SOFTHSM_MODULE, '--token-label', CLUSTER, '--login', '--pin', 'env:PIN'],
        ...['--list-objects', '--type', 'secrkey'],
      ],
      {
        env: {
          PATH: process.env.PATH,
          PIN: (await readFile(join(strongroom.dataDir, `${CLUSTER}.pin`), 'utf8')).trim(),
          SOFTHSM2_CONF: join(strongroom.dataDir, 'softhsm', 'softhsm2.conf'),
        },
      },
    );
    const objects = stdout.split(/(?=Secret Key Object)/).filter((text) => text.includes(keyId));
    expect(objects).toHaveLength(1);
    expect(objects[0]).toContain('AES length 32');
    const access = /Access:\s*(.*)/.exec(objects[0] ?? '')?.[1]?.split(', ');
    expect(access).toEqual(
      expect.arrayContaining(['sensitive', 'always sensitive', 'never extractable', 'local']),
    );
    expect(access).not.toContain('extractable');
  });
});

describe.sequential('IAM, STS and grants with the AWS CLI', () => {
  it('makes a user and a role, and grants them a key', async () => {
    const [iam, sts] = [awsCli(strongroom, 'iam'), awsCli(strongroom, 'sts')];
    const root = `arn:aws:iam::${ACCOUNT_ID}:root`;
    expect(await sts('get-caller-identity')).toMatchObject({ Account: ACCOUNT_ID, Arn: root });
    const { User } = await iam('create-user', '--user-name', 'cli', '--tags', 'Key=Team,Value=x y');
    const { Arn } = User as Record<string, string>;
    const policy =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"USER"},"Action":"sts:AssumeRole"}]}';
    const trust = policy.replace('USER', String(Arn));
    await iam('create-role', '--role-name', 'cli', '--assume-role-policy-document', trust);
    const { Role } = await iam('get-role', '--role-name', 'cli');
    // The CLI decodes what came percent-encoded.
    expect(Role).toMatchObject({ AssumeRolePolicyDocument: JSON.parse(trust) });
    const managed = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await iam('attach-user-policy', '--user-name', 'cli', '--policy-arn', managed);
    const attached = await iam('list-attached-user-policies', '--user-name', 'cli');
    expect(attached.AttachedPolicies).toEqual([
      { PolicyName: 'AdministratorAccess', PolicyArn: managed },
    ]);
    const { KeyId } = metadataOf(await kms('create-key'));
    const key = ['--key-id', String(KeyId)];
    const grantee = ['--grantee-principal', String(Arn), '--operations', 'Encrypt'];
    const { GrantId } = await kms('create-grant', ...key, ...grantee);
    expect(await kms('list-grants', ...key)).toMatchObject({ Grants: [{ GrantId }] });
    await kms('revoke-grant', ...key, '--grant-id', String(GrantId));
    expect(await kms('list-grants', ...key)).toMatchObject({ Grants: [] });
    await expect(iam('get-user', '--user-name', 'nobody')).rejects.toMatchObject({
      stderr: expect.stringContaining(
        '(NoSuchEntity) when calling the GetUser operation: The user with name nobody cannot be found.',
      ),
    });
  });
});
