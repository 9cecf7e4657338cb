import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.js';
import { storedRows } from '../support/stored-rows.js';
import { Strongroom } from '../support/strongroom.js';

const SERIALIZATION = 'com.amazon.coral.service#SerializationException';
const KEY_ID = '11111111-2222-3333-4444-555555555555';

let strongroom: Strongroom;
let client: RawClient;
let before: Record<string, number>;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = new RawClient(strongroom);
  before = await storedRows(strongroom);
});

afterAll(async () => {
  await strongroom.dispose();
});

interface BadInput {
  readonly name: string;
  readonly operation: string;
  readonly body: string | Buffer;
  /** Absent: the answer has `__type` alone. */
  readonly message?: string;
}

const encrypt = (members: string) => `{"KeyId":"${KEY_ID}","Plaintext":"QQ==",${members}}`;
const invalidUtf8 = Buffer.concat([
  Buffer.from('{"KeyId":"'),
  Buffer.from([0xc3, 0x28]),
  Buffer.from('"}'),
]);
const deepList = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;

const unreadable: BadInput[] = [
  { name: 'a body cut short', operation: 'CreateKey', body: '{"Description":"x"' },
  { name: 'a trailing comma', operation: 'CreateKey', body: '{"Description":"x",}' },
  { name: 'two values', operation: 'CreateKey', body: '{}{}' },
  { name: 'single quotes', operation: 'CreateKey', body: "{'Description':'x'}" },
  { name: 'a bare word', operation: 'CreateKey', body: 'CreateKey' },
  { name: 'a form', operation: 'CreateKey', body: 'Action=CreateKey&Description=x' },
  { name: 'a byte order mark', operation: 'CreateKey', body: '\ufeff{}' },
  { name: 'a raw NUL', operation: 'CreateKey', body: '{"Description":"\0"}' },
  { name: 'NaN', operation: 'ListKeys', body: '{"Limit":NaN}' },
  { name: 'invalid UTF-8', operation: 'DescribeKey', body: invalidUtf8 },
  { name: 'UTF-16', operation: 'CreateKey', body: Buffer.from('{}', 'utf16le') },
  { name: 'a member given twice', operation: 'ListKeys', body: '{"Limit":5,"Limit":5}' },
  {
    name: 'a member given twice, once escaped, far within',
    operation: 'CreateKey',
    body: '{"Tags":[{"TagKey":"a","TagValue":"b","Tag\\u0056alue":"c"}]}',
  },
  { name: 'lists never closed', operation: 'CreateKey', body: '['.repeat(500_000) },
];

const wrongTypes: BadInput[] = [
  {
    name: 'null for the input',
    operation: 'ListKeys',
    body: 'null',
    message: 'Expected map or null',
  },
  {
    name: 'a string for the input',
    operation: 'ListKeys',
    body: '"x"',
    message: 'Expected map or null',
  },
  {
    name: 'a list for the input',
    operation: 'ListKeys',
    body: '[]',
    message: 'Start of list found where not expected',
  },
  {
    name: 'a deep list for the input',
    operation: 'ListKeys',
    body: deepList,
    message: 'Start of list found where not expected',
  },
  {
    name: 'a number for a string',
    operation: 'DescribeKey',
    body: '{"KeyId":1}',
    message: 'NUMBER_VALUE cannot be converted to String',
  },
  {
    name: 'true for a string',
    operation: 'DescribeKey',
    body: '{"KeyId":true}',
    message: 'TRUE_VALUE cannot be converted to String',
  },
  {
    name: 'false for a string',
    operation: 'DescribeKey',
    body: '{"KeyId":false}',
    message: 'FALSE_VALUE cannot be converted to String',
  },
  {
    name: 'a list for a string',
    operation: 'DescribeKey',
    body: '{"KeyId":["a"]}',
    message: 'Start of list found where not expected',
  },
  {
    name: 'a structure for a string',
    operation: 'DescribeKey',
    body: '{"KeyId":{}}',
    message: 'Start of structure or map found where not expected.',
  },
  {
    name: 'a number for an enumeration',
    operation: 'CreateKey',
    body: '{"KeySpec":7}',
    message: 'NUMBER_VALUE cannot be converted to String',
  },
  {
    name: 'a string for an integer',
    operation: 'ListKeys',
    body: '{"Limit":"1"}',
    message: 'STRING_VALUE cannot be converted to Integer',
  },
  {
    name: 'a fraction for an integer',
    operation: 'ListKeys',
    body: '{"Limit":1.5}',
    message: 'NUMBER_VALUE cannot be converted to Integer',
  },
  {
    name: 'an infinite integer',
    operation: 'ListKeys',
    body: '{"Limit":1e400}',
    message: 'NUMBER_VALUE cannot be converted to Integer',
  },
  {
    name: 'true for an integer',
    operation: 'ListKeys',
    body: '{"Limit":true}',
    message: 'TRUE_VALUE cannot be converted to Integer',
  },
  {
    name: 'a string for a flag',
    operation: 'CreateKey',
    body: '{"MultiRegion":"true"}',
    message: 'STRING_VALUE cannot be converted to Boolean',
  },
  {
    name: 'a number for a flag',
    operation: 'CreateKey',
    body: '{"MultiRegion":1}',
    message: 'NUMBER_VALUE cannot be converted to Boolean',
  },
  {
    name: 'a number for a blob',
    operation: 'Decrypt',
    body: '{"CiphertextBlob":1}',
    message: 'NUMBER_VALUE cannot be converted to Blob',
  },
  {
    name: 'octets as a list for a blob',
    operation: 'Decrypt',
    body: '{"CiphertextBlob":[1,2]}',
    message: 'Start of list found where not expected',
  },
  {
    name: 'a string for a map',
    operation: 'Encrypt',
    body: encrypt('"EncryptionContext":"a=b"'),
    message: 'Expected map or null',
  },
  {
    name: 'a list for a map',
    operation: 'Encrypt',
    body: encrypt('"EncryptionContext":[]'),
    message: 'Start of list found where not expected',
  },
  {
    name: "a number for a map's value",
    operation: 'Encrypt',
    body: encrypt('"EncryptionContext":{"a":1}'),
    message: 'NUMBER_VALUE cannot be converted to String',
  },
  {
    name: "null for a map's value",
    operation: 'Encrypt',
    body: encrypt('"EncryptionContext":{"a":null}'),
    message: 'NULL_VALUE cannot be converted to String',
  },
  {
    name: 'a map within a map',
    operation: 'Encrypt',
    body: encrypt('"EncryptionContext":{"a":{}}'),
    message: 'Start of structure or map found where not expected.',
  },
  {
    name: 'a string for a list',
    operation: 'Encrypt',
    body: encrypt('"GrantTokens":"x"'),
    message: 'Expected list or null',
  },
  {
    name: 'a map for a list',
    operation: 'Encrypt',
    body: encrypt('"GrantTokens":{}'),
    message: 'Expected list or null',
  },
  {
    name: "a number for a list's item",
    operation: 'Encrypt',
    body: encrypt('"GrantTokens":[1]'),
    message: 'NUMBER_VALUE cannot be converted to String',
  },
  {
    name: "a string for a list's structure",
    operation: 'CreateKey',
    body: '{"Tags":["x"]}',
    message: 'Expected map or null',
  },
  {
    name: "null for a list's structure",
    operation: 'CreateKey',
    body: '{"Tags":[null]}',
    message: 'Expected map or null',
  },
  {
    name: 'a list for a structure',
    operation: 'Decrypt',
    body: '{"CiphertextBlob":"QQ==","Recipient":[]}',
    message: 'Start of list found where not expected',
  },
];

const notBase64 = [
  '!',
  'QQ',
  'QQ=',
  'QR==',
  'Q===',
  'QQ==\\n',
  ' QQ==',
  'QQ==QQ==',
  '-_-_',
  'QQ==x',
].map((text) => ({
  name: `the blob ${JSON.stringify(text)}`,
  operation: 'Decrypt',
  body: `{"CiphertextBlob":"${text}"}`,
  message: 'Blob is not valid base64',
}));

describe('SerializationException', () => {
  it.each([...unreadable, ...wrongTypes, ...notBase64])(
    'answers $name',
    async ({ operation, body, message }) => {
      const answer = await client.call({ operation, body });
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toBe('application/x-amz-json-1.1');
      expect(JSON.parse(answer.body)).toStrictEqual({
        __type: SERIALIZATION,
        ...(message !== undefined && { message }),
      });
    },
  );
});

describe('harmless input', () => {
  it.each([
    { name: 'an empty body', body: '' },
    { name: 'null members', body: '{"Limit":null,"Marker":null}' },
    { name: 'unknown members', body: '{"Frobnicate":true,"limit":"x","LIMIT":[1]}' },
    {
      name: 'unknown members nested deeply',
      body: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    },
    {
      name: 'members named like those of every object',
      body: '{"__proto__":{"Limit":"x"},"constructor":1,"toString":[]}',
    },
    { name: 'white space', body: ' \r\n\t{ } \n' },
  ])('is taken: $name', async ({ body }) => {
    await expect(client.ask('ListKeys', body)).resolves.toStrictEqual({
      Keys: [],
      Truncated: false,
    });
  });

  it('takes no member from a prototype', async () => {
    const answer = await client.call({
      operation: 'DescribeKey',
      body: `{"__proto__":{"KeyId":"${KEY_ID}"}}`,
    });
    expect(JSON.parse(answer.body)).toStrictEqual({
      __type: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    });
  });
});

it('still serves, and has stored nothing', async () => {
  await expect(client.ask('ListKeys', {})).resolves.toStrictEqual({ Keys: [], Truncated: false });
  await expect(client.ask('ListAliases', {})).resolves.toStrictEqual({
    Aliases: [],
    Truncated: false,
  });
  await expect(storedRows(strongroom)).resolves.toStrictEqual(before);
});
