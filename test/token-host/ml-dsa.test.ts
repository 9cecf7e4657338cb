/**
 * What ML-DSA is to PKCS#11, by the numbers of v3.2 and FIPS 204: no token of `npm test` has it.
 * `npm run test:tokens` tries it in Kryoptic.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SessionContext } from '../../src/token-host/host/context.js';
import { generationOf, pairTemplates } from '../../src/token-host/host/key-templates.js';
import { signing } from '../../src/token-host/host/mechanisms.js';
import type { Library, Template } from '../../src/token-host/host/pkcs11.js';
import { sign } from '../../src/token-host/host/private-key-operations.js';
import { readPublicKey } from '../../src/token-host/host/public-objects.js';
import { tokenProfile, vendorProfile } from '../../src/token-host/vendors/index.js';

const CKA_VALUE = 0x11;
const CKA_KEY_TYPE = 0x100;
const CKA_PARAMETER_SET = 0x61d;
const CKK_ML_DSA = 0x4a;
const CKM_ML_DSA_KEY_PAIR_GEN = 0x1c;
const CKM_ML_DSA = 0x1d;
const CKR_ATTRIBUTE_TYPE_INVALID = 0x12;

const SETS = [
  { alg: 'ML-DSA-44', number: 1, bytes: 1312, signature: 2420 },
  { alg: 'ML-DSA-65', number: 2, bytes: 1952, signature: 3309 },
  { alg: 'ML-DSA-87', number: 3, bytes: 2592, signature: 4627 },
] as const;
const HANDLE = Buffer.alloc(8);

const attribute = (template: Template, type: number) =>
  template.find((each) => each.type === type)?.value;

function ulong(number: number): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64LE(BigInt(number));
  return octets;
}

/** A library that has these attributes of every object. */
function objectOf(attributes: Readonly<Record<number, Buffer>>): Library {
  return {
    C_GetAttributeValue: (_session: Buffer, _object: Buffer, asked: { type: number }[]) =>
      asked.map(({ type }) => {
        const value = attributes[type];
        if (value === undefined) throw new Error(`CKR_X:${CKR_ATTRIBUTE_TYPE_INVALID}`);
        return { type, value };
      }),
  } as unknown as Library;
}

describe.each(SETS)('$alg', ({ alg, number, bytes, signature }) => {
  const order = { keyType: 'ml-dsa', purpose: 'sign', bytes } as const;

  it('is ordered by its parameter set, which the public half alone names', () => {
    expect(generationOf(order)).toMatchObject({ generation: CKM_ML_DSA_KEY_PAIR_GEN, pair: true });
    const { publicKey, privateKey } = pairTemplates(order, vendorProfile('generic'));
    expect(attribute(publicKey, CKA_PARAMETER_SET)).toBe(number);
    expect(attribute(privateKey, CKA_PARAMETER_SET)).toBeUndefined();
    for (const half of [publicKey, privateKey])
      expect(attribute(half, CKA_KEY_TYPE)).toBe(CKK_ML_DSA);
  });

  it('has its public half read from the public object, as it was ordered or not at all', () => {
    const value = randomBytes(bytes);
    const made = { [CKA_VALUE]: value, [CKA_PARAMETER_SET]: ulong(number) };
    const read = (attributes: Readonly<Record<number, Buffer>>) =>
      readPublicKey(objectOf(attributes), HANDLE, order, HANDLE);
    expect(read(made)).toEqual({ kty: 'AKP', alg, pub: value.toString('base64url') });
    for (const wrong of [
      { ...made, [CKA_PARAMETER_SET]: ulong((number % SETS.length) + 1) },
      { ...made, [CKA_VALUE]: value.subarray(1) },
      { [CKA_VALUE]: value },
      { [CKA_PARAMETER_SET]: ulong(number) },
    ]) {
      expect(() => read(wrong)).toThrow(expect.objectContaining({ kind: 'unsafe-object' }));
    }
  });

  it('gives the token room for its signature', () => {
    const message = Buffer.from('message');
    const library = {
      C_SignInit: () => undefined,
      C_Sign: (_session: Buffer, input: Buffer, room: Buffer) => {
        expect(input).toEqual(message);
        expect(room.length).toBeGreaterThanOrEqual(signature);
        return room.subarray(0, signature);
      },
    } as unknown as Library;
    const context: SessionContext = {
      library,
      session: HANDLE,
      vendor: tokenProfile({ vendor: 'generic' }),
    };
    const input = { scheme: 'ml-dsa', hash: undefined, input: message } as const;
    expect(sign(context, HANDLE, input)).toHaveLength(signature);
  });
});

it('signs with the empty context, hedged where the token can', () => {
  // CK_SIGN_ADDITIONAL_CONTEXT: CKH_HEDGE_PREFERRED (0), a null pointer, a length of 0.
  const parameter = Buffer.concat([ulong(0), ulong(0), ulong(0)]);
  expect(signing('ml-dsa', undefined, tokenProfile({ vendor: 'generic' }))).toEqual({
    mechanism: CKM_ML_DSA,
    parameter,
  });
});
