import { KEY_SPECS, specRow } from '../../crypto/algorithms.js';
import { CURVES, type CurveName } from '../../crypto/curves.js';
import type { PublicJwk } from '../../crypto/public-jwk.js';
import type { KeyOrder } from '../protocol/key-order.js';
import {
  type KeyReport,
  type KeyReports,
  type KeySearch,
  type KeyTruth,
  MOST_KEY_REPORTS,
} from '../protocol/key-report.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { ManagementContext } from './context.js';
import { ED25519_OID } from './key-templates.js';
import { ckaIdBytes, ckaIdText, findObjects } from './object-list.js';
import { PARAMETER_SETS } from './parameter-sets.js';
import { CK, type Handle, readAttribute, readAttributes, type Template, ulong } from './pkcs11.js';
import { readPublicKey } from './public-objects.js';
import { tokenInfo } from './slot.js';

const TRUTH_ATTRIBUTES: Readonly<Record<KeyTruth, number>> = {
  sensitive: CK.CKA_SENSITIVE,
  extractable: CK.CKA_EXTRACTABLE,
  alwaysSensitive: CK.CKA_ALWAYS_SENSITIVE,
  neverExtractable: CK.CKA_NEVER_EXTRACTABLE,
  local: CK.CKA_LOCAL,
  encrypt: CK.CKA_ENCRYPT,
  decrypt: CK.CKA_DECRYPT,
  sign: CK.CKA_SIGN,
  derive: CK.CKA_DERIVE,
};

/** The types of secret that can be an HMAC key: what it is for decides, and its length. */
const HMAC_TYPES: ReadonlySet<number> = new Set([
  CK.CKK_GENERIC_SECRET,
  CK.CKK_SHA224_HMAC,
  CK.CKK_SHA256_HMAC,
  CK.CKK_SHA384_HMAC,
  CK.CKK_SHA512_HMAC,
]);

const ED25519_BYTES = 32;
/** PrintableString of the curve, as PKCS#11 v3.0 §2.3.10 has it beside the OID. */
const ED25519_NAME = Buffer.from('\x13\x0cedwards25519', 'latin1').toString('hex');

/** Reads secret and private keys that match. Changes nothing. */
export function reportKeys(context: ManagementContext, search: KeySearch): KeyReports {
  const token = tokenInfo(context.library, context.slot);
  const template = templateOf(search);
  const found = [CK.CKO_SECRET_KEY, CK.CKO_PRIVATE_KEY].flatMap((value) =>
    findObjects(context.library, context.session, [{ type: CK.CKA_CLASS, value }, ...template]),
  );
  // A session that lost its login sees no private object. That is not the same as there being none.
  if (!context.isLoggedIn()) throw TokenError.of('CKR_USER_NOT_LOGGED_IN');
  return { token, keys: found.slice(0, MOST_KEY_REPORTS).map((key) => reportOf(context, key)) };
}

function templateOf({ ckaId, label }: KeySearch): Template {
  if (ckaId === undefined && label === undefined) throw new TypeError('A search names something');
  return [
    ...(ckaId === undefined ? [] : [{ type: CK.CKA_ID, value: ckaIdBytes(ckaId) }]),
    ...(label === undefined ? [] : [{ type: CK.CKA_LABEL, value: Buffer.from(label, 'utf8') }]),
  ];
}

function reportOf(context: ManagementContext, key: Handle): KeyReport {
  const { library, session } = context;
  const [ckaClass, id, label] = readAttributes(library, session, key, [
    CK.CKA_CLASS,
    CK.CKA_ID,
    CK.CKA_LABEL,
  ]);
  const objectClass =
    ckaClass !== undefined && ulong(ckaClass) === CK.CKO_PRIVATE_KEY ? 'private' : 'secret';
  const publicObjects = objectClass === 'private' && id ? publicObjectsOf(context, id) : [];
  // Which of two public halves is the key's is not ours to guess.
  const from = publicObjects.length > 1 ? undefined : (publicObjects[0] ?? key);
  const kind = kindOf(context, key, from);
  // CKA_VALUE of an ML-DSA key is the public half in its public object only.
  const hasPublicHalf = kind?.keyType !== 'ml-dsa' || from !== key;
  return {
    ckaId: id === undefined ? '' : (ckaIdText(id) ?? ''),
    label: label?.toString('utf8') ?? '',
    objectClass,
    kind,
    publicKey:
      kind && from && objectClass === 'private' && hasPublicHalf
        ? publicKeyOf(context, kind, from)
        : undefined,
    truths: truthsOf(context, key),
    keyGenMechanism: mechanismOf(readAttribute(library, session, key, CK.CKA_KEY_GEN_MECHANISM)),
  };
}

function publicObjectsOf({ library, session }: ManagementContext, id: Buffer): Handle[] {
  return findObjects(library, session, [
    { type: CK.CKA_CLASS, value: CK.CKO_PUBLIC_KEY },
    { type: CK.CKA_ID, value: id },
  ]);
}

function truthsOf({ library, session }: ManagementContext, key: Handle): KeyReport['truths'] {
  const truths: Partial<Record<KeyTruth, boolean>> = {};
  for (const [name, type] of Object.entries(TRUTH_ATTRIBUTES) as [KeyTruth, number][]) {
    const octet = readAttribute(library, session, key, type)?.[0];
    if (octet !== undefined) truths[name] = octet !== 0;
  }
  return truths;
}

/** CK_UNAVAILABLE_INFORMATION for a key that the token did not make. */
function mechanismOf(value: Buffer | undefined): number | undefined {
  if (value?.length !== 8) return undefined;
  const number = value.readBigUInt64LE();
  return number <= 0xff_ff_ff_ffn ? Number(number) : undefined;
}

function kindOf(
  { library, session }: ManagementContext,
  key: Handle,
  publicObject: Handle | undefined,
): KeyReport['kind'] {
  const [keyType, length, parameters] = readAttributes(library, session, key, [
    CK.CKA_KEY_TYPE,
    CK.CKA_VALUE_LEN,
    CK.CKA_EC_PARAMS,
  ]);
  const number = keyType && ulong(keyType);
  if (number === CK.CKK_AES) return length && { keyType: 'aes', bytes: ulong(length) };
  if (number !== undefined && HMAC_TYPES.has(number)) {
    return length && { keyType: 'hmac', bytes: ulong(length) };
  }
  if (number === CK.CKK_RSA) {
    const modulus = publicObject && readAttribute(library, session, publicObject, CK.CKA_MODULUS);
    return modulus && { keyType: 'rsa', bytes: withoutZeros(modulus).length };
  }
  if (number === CK.CKK_ML_DSA)
    return mlDsaKind(readAttribute(library, session, key, CK.CKA_PARAMETER_SET));
  const curve = parameters?.toString('hex');
  if (number === CK.CKK_EC_EDWARDS) {
    const known = curve === ED25519_OID || curve === ED25519_NAME;
    return known ? { keyType: 'ed25519', bytes: ED25519_BYTES } : undefined;
  }
  if (number !== CK.CKK_EC) return undefined;
  const name = CURVE_NAMES.find((each) => CURVES[each].derOid === curve);
  const row = KEY_SPECS.map(specRow).find((each) => name !== undefined && each.curve === name);
  return row && name && { keyType: 'ec', bytes: row.bytes, curve: name };
}

function mlDsaKind(value: Buffer | undefined): KeyReport['kind'] {
  const set = value && PARAMETER_SETS.find(({ number }) => number === ulong(value));
  return set && { keyType: 'ml-dsa', bytes: set.bytes };
}

const CURVE_NAMES = Object.keys(CURVES) as CurveName[];

function withoutZeros(value: Buffer): Buffer {
  const first = value.findIndex((octet) => octet !== 0);
  return value.subarray(first === -1 ? value.length : first);
}

function publicKeyOf(
  { library, session }: ManagementContext,
  kind: NonNullable<KeyReport['kind']>,
  from: Handle,
): PublicJwk | undefined {
  // What it is for does not matter to reading it.
  const order: KeyOrder = { ...kind, purpose: 'sign' };
  try {
    return readPublicKey(library, session, order, from);
  } catch (error) {
    if (error instanceof TokenHostError && error.kind === 'unsafe-object') return undefined;
    throw error;
  }
}
