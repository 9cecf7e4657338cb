/** What makes of tokens differ in: the templates of keys, and the PIN as it is shown. */
import { createHash, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type KeyPlace,
  pairTemplates,
  secretTemplate,
} from '../../src/token-host/host/key-templates.js';
import type { Template } from '../../src/token-host/host/pkcs11.js';
import {
  presentedPin,
  tokenProfile,
  VENDOR_NAMES,
  vendorProfile,
} from '../../src/token-host/vendors/index.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';
import { makePair, ORDERS } from './orders.js';

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
  afterAll(() => bench.dispose());

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
});
