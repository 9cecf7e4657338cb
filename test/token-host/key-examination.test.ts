/** What is read of a key that is examined, over a library that keeps it worse than any that runs here. */
import { describe, expect, it } from 'vitest';
import type { ManagementContext } from '../../src/token-host/host/context.js';
import { examineKey, trySessions } from '../../src/token-host/host/key-examination.js';
import { CK } from '../../src/token-host/host/pkcs11.js';
import { AES_256, type KeyOrder } from '../../src/token-host/protocol/key-order.js';
import { tokenProfile } from '../../src/token-host/vendors/index.js';

const HMAC: KeyOrder = { keyType: 'hmac', purpose: 'mac', bytes: 32 };
const SECRET = Buffer.from('the value of the key');

type Attributes = Readonly<Record<number, Buffer | Error>>;

/** A library with one key, which says these of it. */
function library(attributes: Attributes, sessions = 0) {
  const seen = { keys: 0, open: 0, templates: [] as readonly { type: number; value: unknown }[] };
  const calls = {
    C_GenerateKey: (_session: Buffer, _mechanism: object, template: typeof seen.templates) => {
      seen.keys += 1;
      seen.templates = template;
      return Buffer.alloc(8, 1);
    },
    C_GetAttributeValue: (_session: Buffer, _key: Buffer, [{ type }]: [{ type: number }]) => {
      const value = attributes[type];
      if (value instanceof Error) throw value;
      if (value === undefined) throw new Error('CKR_ATTRIBUTE_TYPE_INVALID:18');
      return [{ type, value }];
    },
    C_DestroyObject: () => {
      seen.keys -= 1;
    },
    C_EncryptInit: () => {
      throw new Error('CKR_MECHANISM_PARAM_INVALID:113');
    },
    C_OpenSession: () => {
      if (seen.open >= sessions) throw new Error('CKR_SESSION_COUNT:177');
      seen.open += 1;
      return Buffer.alloc(8, seen.open);
    },
    C_CloseSession: () => {
      seen.open -= 1;
    },
  };
  const context = {
    ...{ library: calls, session: Buffer.alloc(8), slot: Buffer.alloc(8) },
    ...{ vendor: tokenProfile({ vendor: 'generic' }), progress: () => undefined },
  } as unknown as ManagementContext;
  return { seen, context };
}

const KEPT: Attributes = {
  [CK.CKA_LABEL]: Buffer.from('label'),
  [CK.CKA_ID]: Buffer.from('id'),
  [CK.CKA_SENSITIVE]: Buffer.from([1]),
  [CK.CKA_EXTRACTABLE]: Buffer.from([0]),
  [CK.CKA_VALUE]: new Error('CKR_ATTRIBUTE_SENSITIVE:17'),
};
const WELL = { keepsLabel: true, keepsCkaId: true, guarded: true, value: 'hidden' };

describe('a key that is examined', () => {
  it.each<[string, Attributes, object]>([
    ['is kept', {}, {}],
    ['has its label cut', { [CK.CKA_LABEL]: Buffer.from('lab') }, { keepsLabel: false }],
    ['has its CKA_ID cut', { [CK.CKA_ID]: Buffer.from('i') }, { keepsCkaId: false }],
    ['could leave', { [CK.CKA_EXTRACTABLE]: Buffer.from([1]) }, { guarded: false }],
    ['is given out', { [CK.CKA_VALUE]: SECRET }, { value: 'readable' }],
    ['is given out as an exponent', { [CK.CKA_PRIVATE_EXPONENT]: SECRET }, { value: 'readable' }],
    ['is refused by a code of the vendor’s', { [CK.CKA_VALUE]: new Error('CKR_X:2147483648') }, {}],
  ])('%s, and is destroyed', (_what, attributes, expected) => {
    const { seen, context } = library({ ...KEPT, ...attributes });
    const order = { label: 'label', order: HMAC, quirks: {} };
    expect(examineKey(context, 'id', order)).toEqual({ ...WELL, ...expected });
    expect(seen.keys).toBe(0);
  });

  it('is destroyed when it can’t be sealed with', () => {
    const { seen, context } = library(KEPT);
    const order = { label: 'label', order: AES_256, quirks: {} };
    expect(() => examineKey(context, 'id', order)).toThrow('CKR_MECHANISM_PARAM_INVALID');
    expect(seen.keys).toBe(0);
  });

  it('is made with the quirks that are tried', () => {
    const { seen, context } = library(KEPT);
    const types = () => seen.templates.map(({ type }) => type);
    examineKey(context, 'id', { label: 'label', order: HMAC, quirks: {} });
    expect(types()).toContain(CK.CKA_WRAP);
    examineKey(context, 'id', { label: 'label', order: HMAC, quirks: { falseUsages: 'left-out' } });
    expect(types()).not.toContain(CK.CKA_WRAP);
  });
});

it.each([
  [3, 5, { opened: 3, code: 'CKR_SESSION_COUNT' }],
  [9, 5, { opened: 5, code: undefined }],
  [1000, 1000, { opened: 128, code: undefined }],
])('of %i sessions, of which %i are tried, none stays open', (sessions, most, expected) => {
  const { seen, context } = library({}, sessions);
  expect(trySessions(context, most)).toEqual(expected);
  expect(seen.open).toBe(0);
});
