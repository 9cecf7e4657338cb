import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../src/kernel/service-error.js';

import {
  aliasArn,
  type IdForms,
  isKeyId,
  keyArn,
  parseKeyRef,
} from '../../../../src/services/kms/keys/key-id.js';
import { KEY_ID, SCOPE } from '../../../support/sample-key.js';

const OTHER = '444455556666';
const MRK = `mrk-${'0123456789abcdef'.repeat(2)}`;
const arn = (resource: string, accountId = '111122223333') =>
  `arn:aws:kms:us-east-1:${accountId}:${resource}`;

const key = (keyId: string, accountId: string = SCOPE.accountId) => ({
  kind: 'key',
  accountId,
  keyId,
});
const alias = (aliasName: string, accountId: string = SCOPE.accountId) => ({
  kind: 'alias',
  accountId,
  aliasName,
});

describe('what every operation takes', () => {
  it.each([
    [KEY_ID, key(KEY_ID)],
    [MRK, key(MRK)],
    [arn(`key/${KEY_ID}`), key(KEY_ID)],
    [arn(`key/${MRK}`), key(MRK)],
    [arn(`key/${KEY_ID}`, OTHER), key(KEY_ID, OTHER)],
  ])('%s', (text, ref) => {
    for (const forms of ['any', 'key'] as const) {
      expect(parseKeyRef(text, SCOPE, forms)).toStrictEqual(ref);
    }
  });
});

describe('what operations that use a key take besides', () => {
  it.each([
    ['alias/a', alias('alias/a')],
    ['alias/a/b:c', alias('alias/a/b:c')],
    ['alias/', alias('alias/')],
    [arn('alias/a'), alias('alias/a')],
    [arn('alias/a', OTHER), alias('alias/a', OTHER)],
    [arn('alias/a:b'), alias('alias/a:b')],
  ])('%s', (text, ref) => {
    expect(parseKeyRef(text, SCOPE, 'any')).toStrictEqual(ref);
  });
});

type Row = readonly [text: string, forms: IdForms, code: string, message: string];
const invalidId = (text: string, id = text): Row => [
  text,
  'any',
  'NotFoundException',
  `Invalid keyId '${id}'`,
];
const malformed = (text: string): Row => [
  text,
  'any',
  'InvalidArnException',
  `Invalid ARN '${text}'`,
];

describe('what none takes', () => {
  it.each<Row>([
    invalidId(''),
    invalidId('x'),
    invalidId(KEY_ID.toUpperCase()),
    invalidId(KEY_ID.replaceAll('-', '')),
    invalidId(` ${KEY_ID}`),
    invalidId(`${KEY_ID}\n`),
    invalidId(`${KEY_ID}0`),
    invalidId('mrk-1'),
    invalidId(`mrk-${KEY_ID}`),
    invalidId('ALIAS/a'),
    invalidId('alias'),
    invalidId('__proto__'),
    invalidId(arn('key/'), ''),
    invalidId(arn('key/x'), 'x'),
    invalidId(arn(`key/${KEY_ID}:x`), `${KEY_ID}:x`),
    invalidId(arn(`key/${KEY_ID}/x`), `${KEY_ID}/x`),
    ['alias/a', 'key', 'NotFoundException', "Invalid keyId 'alias/a'"],
    [
      arn('alias/a'),
      'key',
      'InvalidArnException',
      'Key Aliases are not supported for this operation.',
    ],
    [
      `arn:aws:kms:eu-west-1:111122223333:key/${KEY_ID}`,
      'any',
      'NotFoundException',
      'Invalid arn eu-west-1',
    ],
    [
      'arn:aws:kms:eu-west-1:111122223333:alias/a',
      'any',
      'NotFoundException',
      'Invalid arn eu-west-1',
    ],
    malformed('arn:'),
    malformed('arn:aws'),
    malformed('arn:aws:kms'),
    malformed(`arn:aws-cn:kms:us-east-1:111122223333:key/${KEY_ID}`),
    malformed(`arn:aws:s3:us-east-1:111122223333:key/${KEY_ID}`),
    malformed(`arn:aws:kms::111122223333:key/${KEY_ID}`),
    malformed(`arn:aws:kms:us-east-1::key/${KEY_ID}`),
    malformed(`arn:aws:kms:us-east-1:1111:key/${KEY_ID}`),
    malformed(`arn:aws:kms:us-east-1:11112222333x:key/${KEY_ID}`),
    malformed(arn('')),
    malformed(arn(KEY_ID)),
    malformed(arn('grant/x')),
    malformed(arn(`KEY/${KEY_ID}`)),
  ])('%j (%s): %s %s', (text, forms, code, message) => {
    expect(() => parseKeyRef(text, SCOPE, forms)).toThrow(
      expect.objectContaining({ code, message }),
    );
  });
});

describe('any text', () => {
  const piece = fc.constantFrom(
    'arn',
    'aws',
    'kms',
    'us-east-1',
    '111122223333',
    'key/',
    'alias/',
    KEY_ID,
    ':',
    '/',
    '',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(':')),
  );

  it('is a key, an alias or a ServiceError', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom<IdForms>('any', 'key'), (text, forms) => {
        try {
          const ref = parseKeyRef(text, SCOPE, forms);
          if (ref.kind === 'key') expect(isKeyId(ref.keyId)).toBe(true);
          else expect([forms, ref.aliasName.startsWith('alias/')]).toStrictEqual(['any', true]);
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          expect(['NotFoundException', 'InvalidArnException']).toContain(error.code);
        }
      }),
    );
  });

  it('that was made an ARN is read back', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.string(), (keyId, name) => {
        expect(parseKeyRef(keyArn(SCOPE, keyId), SCOPE, 'key')).toStrictEqual(key(keyId));
        const aliasName = `alias/${name}`;
        expect(parseKeyRef(aliasArn(SCOPE, aliasName), SCOPE, 'any')).toStrictEqual(
          alias(aliasName),
        );
      }),
    );
  });
});
