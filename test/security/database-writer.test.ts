import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  ListKeysCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, makeKey, PLAINTEXT } from '../support/clients.js';
import { databaseFile, query } from '../support/database-file.js';
import { allow, type Clients, clientsOf, newUser } from '../support/principals.js';
import { sealRows, unsealRows } from '../support/root-key.js';
import { Strongroom } from '../support/strongroom.js';

/** What somebody writes to the database of a stopped server, and what is asked of it afterwards. */
interface Written {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly ask: () => Promise<unknown>;
}

let strongroom: Strongroom;
let root: Clients;

async function begin(): Promise<void> {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
}

async function again(): Promise<void> {
  await strongroom.start();
  root = clientsOf(strongroom, root.credentials);
}

const write = (sql: string, values: readonly unknown[] = []) =>
  query(databaseFile(strongroom), sql, [...values]);

const key = (members: object = {}) => makeKey(root.kms, members);
const encrypts = ({ credentials }: Clients, KeyId: string) => {
  const { kms } = clientsOf(strongroom, credentials);
  return kms.send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT }));
};
const describes = (KeyId: string) => root.kms.send(new DescribeKeyCommand({ KeyId }));
const listsKeys = ({ credentials }: Clients) =>
  clientsOf(strongroom, credentials).kms.send(new ListKeysCommand({}));

const INTERNAL = 'KMSInternalException';
const DENIED = 'AccessDeniedException';

const WRITERS: readonly (readonly [what: string, ending: string, () => Promise<Written>])[] = [
  [
    'whose an access key is',
    INTERNAL,
    async () => {
      const user = await newUser(strongroom, root, 'nobody');
      const sql = "UPDATE access_keys SET principal = 'root' WHERE access_key_id = ?";
      return { sql, values: [user.credentials.accessKeyId], ask: () => listsKeys(user) };
    },
  ],
  [
    'that an access key is active',
    INTERNAL,
    async () => {
      const user = await newUser(strongroom, root, 'former');
      const AccessKeyId = user.credentials.accessKeyId;
      const off = { UserName: 'former', AccessKeyId, Status: 'Inactive' } as const;
      await root.iam.send(new UpdateAccessKeyCommand(off));
      const sql = "UPDATE access_keys SET status = 'Active' WHERE access_key_id = ?";
      return { sql, values: [AccessKeyId], ask: () => listsKeys(user) };
    },
  ],
  [
    "a user's policies",
    INTERNAL,
    async () => {
      const user = await newUser(strongroom, root, 'reader');
      const policy = {
        UserName: 'reader',
        PolicyName: 'p',
        PolicyDocument: allow('kms:GetKeyPolicy'),
      };
      await root.iam.send(new PutUserPolicyCommand(policy));
      const sql =
        "UPDATE iam_entities SET body = replace(body, 'kms:GetKeyPolicy', 'kms:*') WHERE unique_id = ?";
      return { sql, values: [user.id], ask: () => listsKeys(user) };
    },
  ],
  [
    'a group that is taken away',
    DENIED,
    async () => {
      const user = await newUser(strongroom, root, 'member');
      const statements = { UserName: 'member', PolicyName: 'p', PolicyDocument: allow('kms:*') };
      await root.iam.send(new PutUserPolicyCommand(statements));
      await root.iam.send(new CreateGroupCommand({ GroupName: 'limited' }));
      await root.iam.send(new AddUserToGroupCommand({ UserName: 'member', GroupName: 'limited' }));
      const sql = "DELETE FROM iam_entities WHERE kind = 'group'";
      return { sql, values: [], ask: () => listsKeys(user) };
    },
  ],
  [
    'a policy that is taken away',
    DENIED,
    async () => {
      const user = await newUser(strongroom, root, 'bound');
      const { Policy } = await root.iam.send(
        new CreatePolicyCommand({ PolicyName: 'some', PolicyDocument: allow('kms:*') }),
      );
      for (const PolicyArn of [Policy?.Arn, 'arn:aws:iam::aws:policy/AdministratorAccess']) {
        await root.iam.send(new AttachUserPolicyCommand({ UserName: 'bound', PolicyArn }));
      }
      const sql = "DELETE FROM iam_entities WHERE kind = 'policy'";
      return { sql, values: [], ask: () => listsKeys(user) };
    },
  ],
  [
    "a key's policy",
    INTERNAL,
    async () => {
      const user = await newUser(strongroom, root, 'stranger');
      const keyId = await key();
      const statement = {
        Sid: 's',
        Effect: 'Allow',
        Principal: '*',
        Action: 'kms:*',
        Resource: '*',
      };
      const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
      const sql = 'UPDATE keys SET policy = ? WHERE key_id = ?';
      return { sql, values: [policy, keyId], ask: () => encrypts(user, keyId) };
    },
  ],
  [
    'that a key is enabled',
    INTERNAL,
    async () => {
      const keyId = await key();
      await root.kms.send(new DisableKeyCommand({ KeyId: keyId }));
      const sql = 'UPDATE keys SET enabled = 1 WHERE key_id = ?';
      return { sql, values: [keyId], ask: () => encrypts(root, keyId) };
    },
  ],
  [
    "a key's public key",
    INTERNAL,
    async () => {
      const spec = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' };
      const [mine, yours] = [await key(spec), await key(spec)];
      const sql =
        'UPDATE key_materials SET public_key = (SELECT public_key FROM key_materials WHERE key_id = ?) WHERE key_id = ?';
      const ask = () => root.kms.send(new GetPublicKeyCommand({ KeyId: mine }));
      return { sql, values: [yours, mine], ask };
    },
  ],
  [
    'a tag that is added',
    INTERNAL,
    async () => {
      const keyId = await key();
      const sql =
        'INSERT INTO tags (region, key_id, account_id, tag_key, tag_value) SELECT region, key_id, account_id, ?, ? FROM keys WHERE key_id = ?';
      return { sql, values: ['team', 'blue', keyId], ask: () => describes(keyId) };
    },
  ],
  [
    'a tag that is taken away',
    INTERNAL,
    async () => {
      const keyId = await key();
      const Tags = [{ TagKey: 'team', TagValue: 'red' }];
      await root.kms.send(new TagResourceCommand({ KeyId: keyId, Tags }));
      const sql = 'DELETE FROM tags WHERE key_id = ?';
      return { sql, values: [keyId], ask: () => describes(keyId) };
    },
  ],
  [
    'what an alias points to',
    INTERNAL,
    async () => {
      const [mine, yours] = [await key(), await key()];
      await root.kms.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: mine }));
      const sql = "UPDATE aliases SET key_id = ? WHERE name = 'alias/mine'";
      return { sql, values: [yours], ask: () => encrypts(root, 'alias/mine') };
    },
  ],
  [
    'what a grant allows',
    DENIED,
    async () => {
      const user = await newUser(strongroom, root, 'grantee');
      const KeyId = await key();
      const grant = { KeyId, GranteePrincipal: user.arn, Operations: ['Decrypt' as const] };
      await root.kms.send(new CreateGrantCommand(grant));
      const sql = "UPDATE grants SET body = replace(body, 'Decrypt', 'Encrypt') WHERE key_id = ?";
      return { sql, values: [KeyId], ask: () => encrypts(user, KeyId) };
    },
  ],
];

describe('who writes to the database behind the server', () => {
  const written = new Map<string, Written>();
  let doomed: string;
  let blob: Uint8Array;
  let before: Readonly<Record<string, unknown>> | undefined;

  beforeAll(async () => {
    await begin();
    for (const [what, , make] of WRITERS) written.set(what, await make());
    doomed = await key();
    blob = await encrypt(root.kms, doomed);
    await strongroom.stop();
    for (const { sql, values } of written.values()) await write(sql, values);
    const columns = 'status, enabled, deletion_date';
    [before] = await write(`SELECT ${columns} FROM keys WHERE key_id = ?`, [doomed]);
    const pending =
      "UPDATE keys SET status = 'pending-deletion', enabled = 0, deletion_date = 1 WHERE key_id = ?";
    await write(pending, [doomed]);
    await again();
  });
  afterAll(() => strongroom.dispose());

  it.each(WRITERS)('is not followed in %s: %s', async (what, ending) => {
    const { ask } = written.get(what) ?? expect.fail('nothing was written');
    expect(await endingOf(ask())).toBe(ending);
  });

  it('is named in the log and counted', async () => {
    for (const table of ['access_keys', 'iam_entities', 'keys', 'aliases', 'grants']) {
      const line = new RegExp(`of ${table} is not as this server`);
      await expect.poll(() => strongroom.log).toMatch(line);
    }
    const metrics = await (await fetch(`${strongroom.endpoint}/metrics`)).text();
    const [, count] = /^strongroom_broken_seals (\d+)$/m.exec(metrics) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(WRITERS.length);
  });

  it('destroys no key by a date: it is as it was when what was written is taken back', async () => {
    expect(await endingOf(describes(doomed))).toBe(INTERNAL);
    await strongroom.stop();
    const { status, enabled, deletion_date } = before ?? {};
    const restore = 'UPDATE keys SET status = ?, enabled = ?, deletion_date = ? WHERE key_id = ?';
    await write(restore, [status, enabled, deletion_date, doomed]);
    await again();
    expect(Buffer.from(await decrypt(root.kms, blob))).toEqual(PLAINTEXT);
  });
});

describe('a database that is older than seals', () => {
  beforeAll(begin);
  afterAll(() => strongroom.dispose());

  it('is sealed once, at its first start, and what is changed afterwards is noticed', async () => {
    const keyId = await key();
    const blob = await encrypt(root.kms, keyId);
    await strongroom.stop();
    await unsealRows(strongroom);
    await again();
    expect(Buffer.from(await decrypt(root.kms, blob))).toEqual(PLAINTEXT);
    const [{ unsealed } = { unsealed: -1 }] = await write(
      'SELECT count(*) AS unsealed FROM keys WHERE seal IS NULL',
    );
    expect(unsealed).toBe(0);
    await strongroom.stop();
    // Neither a row without a seal, nor one whose seal is another's.
    await write('UPDATE keys SET seal = NULL WHERE key_id = ?', [keyId]);
    await again();
    expect(await endingOf(describes(keyId))).toBe(INTERNAL);
    await strongroom.stop();
    await sealRows(strongroom);
    await again();
    expect(Buffer.from(await decrypt(root.kms, blob))).toEqual(PLAINTEXT);
  });
});
