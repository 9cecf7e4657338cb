/** Documents that an older version took and this one can't read are named, by the server and by `doctor`. */
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, EncryptCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseFile, query } from '../support/database-file.js';
import { POLICY } from '../support/operations/surroundings.js';
import { allow, type Clients, clientsOf, document } from '../support/principals.js';
import { sealRows } from '../support/root-key.js';
import { ACCOUNT_ID, REGION, Strongroom } from '../support/strongroom.js';

const UNREADABLE = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: '*',
      Resource: '*',
      Condition: { No: { 'aws:username': 'x' } },
    },
  ],
});
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/Reader`;

let strongroom: Strongroom;
let root: Clients;
let KeyId = '';
beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
  KeyId = (await root.kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  await root.kms.send(new CreateKeyCommand({}));
  await root.iam.send(
    new CreateRoleCommand({
      RoleName: 'Reader',
      AssumeRolePolicyDocument: document({
        ...{ Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'sts:AssumeRole' },
      }),
    }),
  );
  await root.iam.send(
    new PutRolePolicyCommand({
      ...{ RoleName: 'Reader', PolicyName: 'own', PolicyDocument: allow('kms:*') },
    }),
  );
});
afterAll(() => strongroom?.dispose());

/** As if an older version had stored it. */
async function plant(): Promise<void> {
  const file = databaseFile(strongroom);
  await query(file, 'UPDATE keys SET policy = ? WHERE key_id = ?', [UNREADABLE, KeyId]);
  const [row] = await query(file, 'SELECT body FROM iam_entities WHERE kind = ?', ['role']);
  const role = JSON.parse(String(Object(row).body));
  role.inlinePolicies.own = allow('kms:*', '*', { Condition: { Bool: { 'aws:NoSuch': 'true' } } });
  role.trustPolicy.text = 'no JSON';
  await query(file, 'UPDATE iam_entities SET body = ? WHERE kind = ?', [
    JSON.stringify(role),
    'role',
  ]);
  await sealRows(strongroom);
}

it('finds nothing where everything can be read', async () => {
  expect(await strongroom.cli('doctor')).toEqual({
    code: 0,
    stdout: 'Every stored policy can be read.\n',
    stderr: '',
  });
});

it('names every document that cannot be read, and so does a server that starts', async () => {
  await strongroom.stop();
  await plant();
  const { code, stdout } = await strongroom.cli('doctor', '--json');
  expect(code).toBe(1);
  const where = [
    `${ROLE}/own`,
    `the trust policy of ${ROLE}`,
    `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${KeyId}`,
  ];
  const { unreadablePolicies: found } = JSON.parse(stdout);
  expect(found).toEqual([
    {
      where: where[0],
      why: 'Policy contains a condition key that has no value on this server: aws:NoSuch.',
    },
    { where: where[1], why: 'Policy contains invalid JSON.' },
    { where: where[2], why: 'Invalid Condition type : No.' },
  ]);
  await strongroom.start();
  for (const each of where) await expect.poll(() => strongroom.log).toContain(each);
});

it('the root user puts it right', async () => {
  root = clientsOf(strongroom, await strongroom.credentials());
  const encrypt = () => root.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
  await expect(encrypt()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await root.kms.send(new PutKeyPolicyCommand({ KeyId, Policy: POLICY }));
  await encrypt();
  const { stdout } = await strongroom.cli('doctor');
  expect(stdout).not.toContain(KeyId);
});
