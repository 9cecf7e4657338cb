import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.js';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let client: RawClient;
let keyId: string;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = new RawClient(strongroom);
  const { KeyMetadata } = await client.ask('CreateKey', {});
  keyId = (KeyMetadata as { KeyId: string }).KeyId;
});

afterAll(async () => {
  await strongroom.dispose();
});

async function encrypt(context: string): Promise<string> {
  const { CiphertextBlob } = await client.ask(
    'Encrypt',
    `{"KeyId":"${keyId}","Plaintext":"QQ==","EncryptionContext":${context}}`,
  );
  return CiphertextBlob as string;
}

async function decrypt(blob: string, context: string): Promise<unknown> {
  const body = `{"CiphertextBlob":"${blob}","EncryptionContext":${context}}`;
  return JSON.parse((await client.call({ operation: 'Decrypt', body })).body);
}

const INVALID = { __type: 'InvalidCiphertextException' };

/** JSON texts, because an object literal can't say what some of them do. */
const same = [
  { name: 'pairs in another order', left: '{"a":"1","b":"2"}', right: '{"b":"2","a":"1"}' },
  { name: 'no pairs and no context', left: '{}', right: 'null' },
  { name: 'escapes and what they stand for', left: '{"\\u0061":"\\u20ac"}', right: '{"a":"€"}' },
  { name: 'a name of every object', left: '{"__proto__":"x"}', right: '{"__proto__":"x"}' },
  { name: 'an empty name and value', left: '{"":""}', right: '{"":""}' },
  { name: 'a NUL', left: '{"a\\u0000":"\\u0000"}', right: '{"a\\u0000":"\\u0000"}' },
];

const different = [
  { name: '__proto__ and nothing', left: '{"__proto__":"x"}', right: '{}' },
  { name: '__proto__ and another value', left: '{"__proto__":"x"}', right: '{"__proto__":"y"}' },
  { name: 'constructor and nothing', left: '{"constructor":"x"}', right: '{}' },
  { name: 'constructor and __proto__', left: '{"constructor":"x"}', right: '{"__proto__":"x"}' },
  { name: 'the same characters divided otherwise', left: '{"a":"bc"}', right: '{"ab":"c"}' },
  { name: 'upper and lower case', left: '{"a":"b"}', right: '{"A":"b"}' },
  { name: 'two Unicode forms of one letter', left: '{"\\u00e9":""}', right: '{"e\\u0301":""}' },
  { name: 'an empty pair and no pair', left: '{"":""}', right: '{}' },
  { name: 'a text with and without a NUL', left: '{"a":"\\u0000"}', right: '{"a":""}' },
];

describe('contexts that are one', () => {
  it.each(same)('$name', async ({ left, right }) => {
    expect(await decrypt(await encrypt(left), right)).toMatchObject({ Plaintext: 'QQ==' });
  });
});

describe('contexts that are two', () => {
  it.each(different)('$name', async ({ left, right }) => {
    expect(await decrypt(await encrypt(left), right)).toStrictEqual(INVALID);
    expect(await decrypt(await encrypt(right), left)).toStrictEqual(INVALID);
  });
});
