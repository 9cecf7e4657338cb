import { CURVES } from '../../crypto/curves.js';
import type { KeyIdentity, KeyOrder, KeyPurpose, TokenKeyType } from '../protocol/key-order.js';
import type { Quirks } from '../vendors/quirks.js';
import { ckaIdBytes } from './object-list.js';
import { parameterSetOf } from './parameter-sets.js';
import { CK, type Template } from './pkcs11.js';

/** What is peculiar to one type of key. A new type is one row. */
interface KeyTypeRow {
  /** CKK_… */
  readonly number: number;
  /** CKM_…_GEN */
  readonly generation: number;
  readonly pair: boolean;
  /** What fixes the size or the curve: of a pair, in the public half's template. */
  readonly parameters: (order: KeyOrder) => Template;
}

/** id-Ed25519 in DER (RFC 8410 §3; PKCS#11 v3.0 §2.3.10 allows it beside the curve's name). */
export const ED25519_OID = '06032b6570';

/** 65537, big-endian: what AWS KMS makes, and the least that NIST SP 800-56B §6.2 allows. */
export const PUBLIC_EXPONENT = Buffer.from([1, 0, 1]);

const secretLength = ({ bytes }: KeyOrder): Template => [{ type: CK.CKA_VALUE_LEN, value: bytes }];

const KEY_TYPES: Readonly<Record<TokenKeyType, KeyTypeRow>> = {
  aes: {
    number: CK.CKK_AES,
    generation: CK.CKM_AES_KEY_GEN,
    pair: false,
    parameters: secretLength,
  },
  hmac: {
    number: CK.CKK_GENERIC_SECRET,
    generation: CK.CKM_GENERIC_SECRET_KEY_GEN,
    pair: false,
    parameters: secretLength,
  },
  rsa: {
    number: CK.CKK_RSA,
    generation: CK.CKM_RSA_PKCS_KEY_PAIR_GEN,
    pair: true,
    parameters: ({ bytes }) => [
      { type: CK.CKA_MODULUS_BITS, value: bytes * 8 },
      { type: CK.CKA_PUBLIC_EXPONENT, value: PUBLIC_EXPONENT },
    ],
  },
  ec: {
    number: CK.CKK_EC,
    generation: CK.CKM_EC_KEY_PAIR_GEN,
    pair: true,
    parameters: ({ curve }) => {
      if (curve === undefined) throw new TypeError('An EC key needs a curve');
      return [{ type: CK.CKA_EC_PARAMS, value: Buffer.from(CURVES[curve].derOid, 'hex') }];
    },
  },
  ed25519: {
    number: CK.CKK_EC_EDWARDS,
    generation: CK.CKM_EC_EDWARDS_KEY_PAIR_GEN,
    pair: true,
    parameters: () => [{ type: CK.CKA_EC_PARAMS, value: Buffer.from(ED25519_OID, 'hex') }],
  },
  'ml-dsa': {
    number: CK.CKK_ML_DSA,
    generation: CK.CKM_ML_DSA_KEY_PAIR_GEN,
    pair: true,
    parameters: (order) => [{ type: CK.CKA_PARAMETER_SET, value: parameterSetOf(order).number }],
  },
};

/** CKK_SHA…_HMAC (PKCS#11 v2.40 §2.14 of the mechanisms) by the octets of the hash. */
const HMAC_KEY_TYPES: Readonly<Record<number, number>> = {
  28: CK.CKK_SHA224_HMAC,
  32: CK.CKK_SHA256_HMAC,
  48: CK.CKK_SHA384_HMAC,
  64: CK.CKK_SHA512_HMAC,
};

/** The usage bits a class of object has, in PKCS#11 v2.40 §4.8–4.10. */
const USAGE_BITS = {
  secret: [
    CK.CKA_ENCRYPT,
    CK.CKA_DECRYPT,
    CK.CKA_SIGN,
    CK.CKA_VERIFY,
    CK.CKA_WRAP,
    CK.CKA_UNWRAP,
    CK.CKA_DERIVE,
  ],
  private: [CK.CKA_DECRYPT, CK.CKA_SIGN, CK.CKA_UNWRAP, CK.CKA_DERIVE],
  public: [CK.CKA_ENCRYPT, CK.CKA_VERIFY, CK.CKA_WRAP],
} as const satisfies Record<string, readonly number[]>;

type ObjectClass = keyof typeof USAGE_BITS;

const CLASS_NUMBERS: Readonly<Record<ObjectClass, number>> = {
  secret: CK.CKO_SECRET_KEY,
  private: CK.CKO_PRIVATE_KEY,
  public: CK.CKO_PUBLIC_KEY,
};

/** The bits that a purpose needs; every other one is set to false. */
const NEEDED_BITS: Readonly<Record<KeyPurpose, readonly number[]>> = {
  encrypt: [CK.CKA_ENCRYPT, CK.CKA_DECRYPT],
  sign: [CK.CKA_SIGN, CK.CKA_VERIFY],
  mac: [CK.CKA_SIGN],
  derive: [CK.CKA_DERIVE],
  unwrap: [CK.CKA_WRAP, CK.CKA_UNWRAP],
};

/** CKM_…_GEN of an order, and whether it makes a pair. */
export function generationOf({ keyType }: KeyOrder): Pick<KeyTypeRow, 'generation' | 'pair'> {
  return KEY_TYPES[keyType];
}

/**
 * Where a key that is made is to be: under its identity in the token; for the session, `undefined`; or
 * outside, `wrapped`, for which it is an object of the session that can be extracted under a key.
 */
export type KeyPlace = KeyIdentity | 'wrapped' | undefined;

/** For C_GenerateKey. */
export function secretTemplate(order: KeyOrder, quirks: Quirks, place?: KeyPlace): Template {
  return [
    ...common('secret', order, identityOf(place), quirks),
    ...KEY_TYPES[order.keyType].parameters(order),
    ...guarded(place === 'wrapped'),
  ];
}

/** For C_CreateObject: a value that is known. */
export function importTemplate(
  order: KeyOrder,
  quirks: Quirks,
  value: Buffer,
  identity: KeyIdentity,
): Template {
  return [
    ...common('secret', order, identity, quirks),
    { type: CK.CKA_VALUE, value },
    ...guarded(),
  ];
}

/** For C_UnwrapKey: the value brings its length. Without an identity: a session object. */
export function unwrappedTemplate(
  order: KeyOrder,
  quirks: Quirks,
  identity?: KeyIdentity,
): Template {
  const objectClass = KEY_TYPES[order.keyType].pair ? 'private' : 'secret';
  return [...common(objectClass, order, identity, quirks), ...guarded()];
}

/** For C_GenerateKeyPair. */
export function pairTemplates(
  order: KeyOrder,
  quirks: Quirks,
  place?: KeyPlace,
): { readonly publicKey: Template; readonly privateKey: Template } {
  return {
    publicKey: [
      ...common('public', order, identityOf(place), quirks),
      ...KEY_TYPES[order.keyType].parameters(order),
    ],
    privateKey: [
      ...common('private', order, identityOf(place), quirks),
      ...guarded(place === 'wrapped'),
    ],
  };
}

function common(
  objectClass: ObjectClass,
  order: KeyOrder,
  identity: KeyIdentity | undefined,
  quirks: Quirks,
): Template {
  return [
    { type: CK.CKA_CLASS, value: CLASS_NUMBERS[objectClass] },
    { type: CK.CKA_KEY_TYPE, value: keyTypeNumber(order, quirks) },
    { type: CK.CKA_TOKEN, value: identity !== undefined },
    { type: CK.CKA_PRIVATE, value: objectClass !== 'public' || quirks.privatePublicKeys },
    ...(identity === undefined
      ? []
      : [
          { type: CK.CKA_ID, value: ckaIdBytes(identity.ckaId) },
          { type: CK.CKA_LABEL, value: labelBytes(identity.label, quirks) },
        ]),
    ...usages(objectClass, order.purpose, quirks),
  ];
}

function usages(objectClass: ObjectClass, purpose: KeyPurpose, { falseUsages }: Quirks): Template {
  const needed = NEEDED_BITS[purpose];
  return USAGE_BITS[objectClass]
    .filter((type) => falseUsages === 'written' || needed.includes(type))
    .map((type) => ({ type, value: needed.includes(type) }));
}

function keyTypeNumber({ keyType, bytes }: KeyOrder, { hmacKeyType }: Quirks): number {
  const byHash = keyType === 'hmac' && hmacKeyType === 'by-hash';
  return (byHash ? HMAC_KEY_TYPES[bytes] : undefined) ?? KEY_TYPES[keyType].number;
}

/** Nothing is found by the label: what is cut off is missed by people only. */
function labelBytes(label: string, { maxLabelBytes }: Quirks): Buffer {
  return Buffer.from(label, 'utf8').subarray(0, maxLabelBytes);
}

function identityOf(place: KeyPlace): KeyIdentity | undefined {
  return place === 'wrapped' ? undefined : place;
}

function guarded(extractable = false): Template {
  return [
    { type: CK.CKA_SENSITIVE, value: true },
    { type: CK.CKA_EXTRACTABLE, value: extractable },
  ];
}
