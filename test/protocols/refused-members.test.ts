import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trailContents } from '../support/audit-records.js';
import { RawClient } from '../support/raw-client.js';
import { storedRows } from '../support/stored-rows.js';
import { Strongroom } from '../support/strongroom.js';

const SECRET = 'hunter2-hunter2-hunter2-hunter2-hunter2';

let strongroom: Strongroom;
let client: RawClient;
let keyId: string;
let before: Record<string, number>;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = new RawClient(strongroom);
  const { KeyMetadata } = await client.ask('CreateKey', {});
  keyId = (KeyMetadata as { KeyId: string }).KeyId;
  before = await storedRows(strongroom);
});

afterAll(async () => {
  await strongroom.dispose();
});

const base64 = (bytes: number) => Buffer.alloc(bytes, 'x').toString('base64');
const long = 'k'.repeat(100_000);

interface Refused {
  readonly name: string;
  readonly operation: string;
  readonly members: () => object;
  readonly failures: readonly string[];
}

const refused: Refused[] = [
  {
    name: 'an empty plaintext',
    operation: 'Encrypt',
    members: () => ({ KeyId: keyId, Plaintext: '' }),
    failures: [
      "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
  },
  {
    name: 'a plaintext of 4,097 octets',
    operation: 'Encrypt',
    members: () => ({ KeyId: keyId, Plaintext: base64(4097) }),
    failures: [
      "Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    ],
  },
  {
    name: 'a ciphertext of 6,145 octets',
    operation: 'Decrypt',
    members: () => ({ CiphertextBlob: base64(6145) }),
    failures: [
      "Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or equal to 6144",
    ],
  },
  {
    name: 'a key id of 100,000 characters',
    operation: 'DescribeKey',
    members: () => ({ KeyId: long }),
    failures: [
      `Value '${long.slice(0, 16_384)}…' at 'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048`,
    ],
  },
  {
    name: 'two members missing',
    operation: 'Encrypt',
    members: () => ({ KeyId: null }),
    failures: [
      "Value null at 'keyId' failed to satisfy constraint: Member must not be null",
      "Value null at 'plaintext' failed to satisfy constraint: Member must not be null",
    ],
  },
  {
    name: 'three members wrong, one of them secret',
    operation: 'CreateCustomKeyStore',
    members: () => ({ CustomKeyStoreName: '', CloudHsmClusterId: 'x', KeyStorePassword: SECRET }),
    failures: [
      "Value '' at 'customKeyStoreName' failed to satisfy constraint: Member must have length greater than or equal to 1",
      "Value 'x' at 'cloudHsmClusterId' failed to satisfy constraint: Member must have length greater than or equal to 19",
      "Value 'x' at 'cloudHsmClusterId' failed to satisfy constraint: Member must satisfy regular expression pattern: cluster-[2-7a-zA-Z]{11,16}",
      "Value at 'keyStorePassword' failed to satisfy constraint: Member must have length less than or equal to 32",
    ],
  },
  {
    name: 'a tag with a key too long',
    operation: 'TagResource',
    members: () => ({ KeyId: keyId, Tags: [{ TagKey: 't'.repeat(129), TagValue: '' }] }),
    failures: [
      `Value '${'t'.repeat(129)}' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128`,
    ],
  },
];

describe('violated constraints, all of them at once', () => {
  it.each(refused)('names $name', async ({ operation, members, failures }) => {
    const answer = await client.call({ operation, body: JSON.stringify(members()) });
    const errors = failures.length === 1 ? 'validation error' : 'validation errors';
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toStrictEqual({
      __type: 'ValidationException',
      message: `${failures.length} ${errors} detected: ${failures.join('; ')}`,
    });
  });
});

describe('texts that have no UTF-8', () => {
  it.each([
    { operation: 'UpdateKeyDescription', members: '"Description":"\\ud800"' },
    { operation: 'TagResource', members: '"Tags":[{"TagKey":"\\ud800","TagValue":"1"}]' },
    {
      operation: 'TagResource',
      members: '"Tags":[{"TagKey":"\\ud800","TagValue":""},{"TagKey":"\\ud801","TagValue":""}]',
    },
    { operation: 'TagResource', members: '"Tags":[{"TagKey":"k","TagValue":"\\udc00"}]' },
    { operation: 'Encrypt', members: '"Plaintext":"QQ==","EncryptionContext":{"\\ud800":"v"}' },
    { operation: 'Encrypt', members: '"Plaintext":"QQ==","EncryptionContext":{"k":"\\ud800"}' },
  ])('are refused by $operation: $members', async ({ operation, members }) => {
    const answer = await client.call({ operation, body: `{"KeyId":"${keyId}",${members}}` });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'ValidationException' });
  });
});

describe('lists without members, or with very many', () => {
  it.each([
    { operation: 'TagResource', list: 'Tags', content: [] },
    { operation: 'UntagResource', list: 'TagKeys', content: [] },
    {
      operation: 'UntagResource',
      list: 'TagKeys',
      content: Array.from({ length: 60_000 }, (_, index) => `k${index}`),
    },
  ])('$operation changes nothing', async ({ operation, list, content }) => {
    await expect(client.ask(operation, { KeyId: keyId, [list]: content })).resolves.toEqual({});
  });

  it('more tags than a key may have are refused', async () => {
    const Tags = Array.from({ length: 10_000 }, (_, index) => ({
      TagKey: `k${index}`,
      TagValue: '',
    }));
    const answer = await client.call({
      operation: 'TagResource',
      body: JSON.stringify({ KeyId: keyId, Tags }),
    });
    expect(JSON.parse(answer.body)).toEqual({ __type: 'TagException', message: 'Too many tags' });
  });
});

it('still serves, and has stored nothing but the changes that changed nothing', async () => {
  const { Keys } = await client.ask('ListKeys', {});
  expect(Keys).toHaveLength(1);
  const { changes: made, ...rows } = await storedRows(strongroom);
  const { changes: had, ...others } = before;
  expect(rows).toStrictEqual(others);
  expect(made).toBeGreaterThanOrEqual(had ?? 0);
});

it('wrote the secret nowhere', async () => {
  const trail = (await trailContents(strongroom)).map(String);
  expect(trail.join('')).toContain('CreateCustomKeyStore');
  expect([strongroom.log, ...trail].join('')).not.toContain(SECRET);
});
