/** What makes of tokens differ in: the templates of keys, and the PIN as it is shown. */
import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { refusalOfEveryKey } from '../../src/keystores/token/token-failures.js';
import { wordStoreFailure } from '../../src/services/kms/stores/store-failures.js';
import type { TokenClient } from '../../src/token-host/client/client.js';
import {
  type KeyPlace,
  pairTemplates,
  secretTemplate,
} from '../../src/token-host/host/key-templates.js';
import type { Template } from '../../src/token-host/host/pkcs11.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { TokenError } from '../../src/token-host/protocol/token-error.js';
import {
  presentedPin,
  tokenProfile,
  VENDOR_NAMES,
  vendorProfile,
} from '../../src/token-host/vendors/index.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';
import { makePair, ORDERS, pointOf } from './orders.js';

const CKA_PRIVATE = 0x02;
const CKA_LABEL = 0x03;
const CKA_KEY_TYPE = 0x100;
const CKA_SENSITIVE = 0x103;
const CKA_EXTRACTABLE = 0x162;
/** CKA_ENCRYPT to CKA_DERIVE (PKCS#11 v2.40 §4.8–4.10). */
const USAGES = [0x104, 0x105, 0x106, 0x107, 0x108, 0x10a, 0x10c];
const PLACE: KeyPlace = { ckaId: 'id', label: 'x'.repeat(105) };

const attribute = (template: Template, type: number) =>
  template.find((each) => each.type === type)?.value;
const usages = (template: Template) => template.filter(({ type }) => USAGES.includes(type));

describe.each(VENDOR_NAMES)('the templates for %s', (vendor) => {
  const profile = vendorProfile(vendor);
  it.each(Object.entries(ORDERS))('guard and name a key: %s', (_name, order) => {
    const isPair = order.keyType !== 'aes' && order.keyType !== 'hmac';
    const pair = isPair ? pairTemplates(order, profile, PLACE) : undefined;
    const template = pair?.privateKey ?? secretTemplate(order, profile, PLACE);
    expect(attribute(template, CKA_SENSITIVE)).toBe(true);
    expect(attribute(template, CKA_EXTRACTABLE)).toBe(false);
    expect(attribute(template, CKA_PRIVATE)).toBe(true);
    if (pair) expect(attribute(pair.publicKey, CKA_PRIVATE)).toBe(profile.privatePublicKeys);
    const { length } = attribute(template, CKA_LABEL) as Buffer;
    expect(length).toBe(Math.min(105, profile.maxLabelBytes));
    const said = usages(template);
    expect(said.some(({ value }) => value === true)).toBe(true);
    expect(said.some(({ value }) => value === false)).toBe(profile.falseUsages === 'written');
  });
});

it.each([
  ['generic', 0x10],
  ['by-hash', 0x2c],
] as const)('an HMAC key’s type is %s: %i', (hmacKeyType, number) => {
  const profile = tokenProfile({ vendor: 'generic', quirks: { hmacKeyType } });
  expect(attribute(secretTemplate(ORDERS.hmac, profile, PLACE), CKA_KEY_TYPE)).toBe(number);
});

it.each([
  ['cloudhsm', 'secret', 'kmsuser:secret'],
  ['cloudhsm', 'crypto-user:secret', 'crypto-user:secret'],
  ['softhsm', 'secret', 'secret'],
])('%s is shown the PIN %s as %s', (vendor, pin, shown) => {
  expect(presentedPin(vendorProfile(vendor), pin)).toBe(shown);
});

describe('a token whose settings differ from its profile', () => {
  let bench: TokenBench;
  beforeAll(async () => {
    bench = await makeTokenBench();
  });
  afterEach(() => bench.faults.clear());
  afterAll(() => bench.dispose());

  const started = async (quirks: object) => {
    const client = bench.client({ quirks: { ...quirks } });
    await client.start(bench.token.pin);
    return client;
  };
  const aad = Buffer.from('context');
  const plaintext = Buffer.from('plaintext');
  const PARAMETER = { code: 'CKR_MECHANISM_PARAM_INVALID' };

  it('makes keys by them, which work', async () => {
    const quirks = { privatePublicKeys: false, falseUsages: 'left-out', maxLabelBytes: 6 };
    const client = bench.client({ quirks: { ...quirks, maxSessions: 5 } });
    await client.start(bench.token.pin);
    const publicKey = await makePair(client, 'ecSign');
    expect(client.objects().get('ecSign')?.label).toBe('kms:ec');
    const message = Buffer.from('message');
    const input = createHash('sha256').update(message).digest();
    const request = { scheme: 'ecdsa', hash: 'sha256', input } as const;
    const signature = await client.call('sign', 'ecSign', request, soon());
    expect(
      verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
    ).toBe(true);
  });

  it.each([
    ['length', 96, 'zero'],
    ['zero', 0, 'length'],
  ] as const)('is given %s as ulIvBits', async (aesGcmIvBits, bits, other) => {
    await bench.faults.set(`ivbits ${bits}`);
    const client = await started({ aesGcmIvBits });
    await client.call('generateKey', `gcm-${bits}`, { label: 'kms:k:m', order: AES_256 }, soon());
    const sealed = await client.call('encrypt', `gcm-${bits}`, { plaintext, aad }, soon());
    expect(await client.call('decrypt', `gcm-${bits}`, { ...sealed, aad }, soon())).toEqual(
      plaintext,
    );
    const wrong = await started({ aesGcmIvBits: other });
    const refused = wrong.call('encrypt', `gcm-${bits}`, { plaintext, aad }, soon());
    await expect(refused).rejects.toMatchObject(PARAMETER);
  });

  it.each([
    ['specified', 1, 'zero'],
    ['zero', 0, 'specified'],
  ] as const)('is given %s as the source of OAEP', async (oaepSource, source, other) => {
    await bench.faults.set(`oaepsource ${source}`);
    const client = await started({ oaepSource });
    const key = await makePair(client, 'rsaDecrypt', `oaep-${source}`);
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const ciphertext = publicEncrypt({ key, padding, oaepHash: 'sha1' }, plaintext);
    const call = { hash: 'sha1', ciphertext } as const;
    expect(await client.call('decryptOaep', `oaep-${source}`, call, soon())).toEqual(plaintext);
    const wrong = await started({ oaepSource: other });
    const refused = wrong.call('decryptOaep', `oaep-${source}`, call, soon());
    await expect(refused).rejects.toMatchObject(PARAMETER);
  });

  it('is not asked for hashes that its settings leave out', async () => {
    const client = await started({ oaepHashes: ['sha256'], pssHashes: ['sha384'] });
    await makePair(client, 'rsaSign', 'pss');
    await makePair(client, 'rsaDecrypt', 'hashes');
    const sign = (hash: 'sha256' | 'sha384', input: Buffer) =>
      client.call('sign', 'pss', { scheme: 'pss', hash, input }, soon());
    expect(await sign('sha384', Buffer.alloc(48, 1))).toHaveLength(256);
    const asked = () =>
      Promise.all(
        (['C_SignInit', 'C_DecryptInit'] as const).map((name) => bench.faults.calls(name)),
      );
    const before = await asked();
    await expect(sign('sha256', Buffer.alloc(32, 1))).rejects.toMatchObject(PARAMETER);
    const ciphertext = Buffer.alloc(256, 1);
    const oaep = client.call('decryptOaep', 'hashes', { hash: 'sha1', ciphertext }, soon());
    await expect(oaep).rejects.toMatchObject(PARAMETER);
    expect(await asked()).toEqual(before);
  });

  describe('by having read-only sessions', () => {
    const input = createHash('sha256').update('message').digest();
    const use = async (client: TokenClient, publicKey: KeyObject) => {
      const sealed = await client.call('encrypt', 'ro-aes', { plaintext, aad }, soon());
      expect(await client.call('decrypt', 'ro-aes', { ...sealed, aad }, soon())).toEqual(plaintext);
      const request = { scheme: 'ecdsa', hash: 'sha256', input } as const;
      const signature = await client.call('sign', 'ro-ec', request, soon());
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
      expect(verify('sha256', Buffer.from('message'), key, signature)).toBe(true);
      const point = pointOf(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey);
      const secret = await client.call('derive', 'ro-ecdh', { point, bytes: 48 }, soon());
      expect(secret).toHaveLength(48);
      expect(await client.call('random', undefined, { length: 8 }, soon())).toHaveLength(8);
    };
    let publicKey: KeyObject;
    beforeAll(async () => {
      const client = await started({});
      await client.call('generateKey', 'ro-aes', { label: 'kms:k:m', order: AES_256 }, soon());
      publicKey = await makePair(client, 'ecSign', 'ro-ec');
      await makePair(client, 'ecDerive', 'ro-ecdh');
      await client.stop();
    });

    it('for the uses of keys, which are made and destroyed as before', async () => {
      const logins = await bench.faults.calls('C_Login');
      const client = await started({ readOnlySessions: 'workers' });
      // From here on there are no others: each further worker opens its own.
      await bench.faults.set('readonly', 'delay C_Encrypt 5000');
      await Promise.all(Array.from({ length: 16 }, () => use(client, publicKey)));
      await bench.faults.clear();
      await makePair(client, 'ecSign', 'made-beside');
      expect(await client.call('destroyObject', 'made-beside', undefined, soon())).toBe(true);
      expect(await bench.faults.calls('C_Login')).toBe(logins + 1);
    });

    it.each(['auto', 'single'] as const)(
      'for all: keys are used, and none is made or destroyed; threads: %s',
      async (threads) => {
        await bench.faults.set('readonly');
        const client = bench.client({ threads, quirks: { readOnlySessions: 'all' } });
        await client.start(bench.token.pin);
        await use(client, publicKey);
        const READ_ONLY = { code: 'CKR_SESSION_READ_ONLY', action: 'failed' };
        const asked = await bench.faults.calls('C_GenerateKeyPair');
        await expect(makePair(client, 'ecSign', 'not-made')).rejects.toMatchObject(READ_ONLY);
        expect(await bench.faults.calls('C_GenerateKeyPair')).toBe(asked);
        const known = { label: 'kms:k:m', order: AES_256, value: Buffer.alloc(32, 1) };
        const created = client.call('createKey', 'not-made', known, soon());
        await expect(created).rejects.toMatchObject(READ_ONLY);
        expect(await client.call('destroyObject', 'not-made', undefined, soon())).toBe(false);
        const destroyed = client.call('destroyObject', 'ro-aes', undefined, soon());
        await expect(destroyed).rejects.toMatchObject(READ_ONLY);
        await use(client, publicKey);
      },
    );

    it('and says so of every key that is to be made', () => {
      const error = refusalOfEveryKey(TokenError.of('CKR_SESSION_READ_ONLY'));
      expect(wordStoreFailure(error)).toMatchObject({
        code: 'UnsupportedOperationException',
        message: expect.stringContaining('read-only sessions, in which no key can be made'),
      });
    });
  });
});
