import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONDITION_KEYS } from '../../src/authz/condition-keys.js';
import { ABSENT_KEYS, hasSource, OPERATION_KEYS } from '../../src/authz/known-keys.js';

/** As declarations fill them: `'kms:messagetype': …`. Actions have upper-case letters. */
const FILLED = /'((?:kms|iam|sts|aws):[a-z0-9-]+)'(?=:|,\n? *String)/g;

it('has the keys that operations fill, and no other', async () => {
  const files = await readdir('src/services', { recursive: true });
  const texts = await Promise.all(
    files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFile(join('src/services', file), 'utf8')),
  );
  const filled = new Set(
    texts.flatMap((text) => [...text.matchAll(FILLED)].map(([, key = '']) => key)),
  );
  const ofRequests = new Set(CONDITION_KEYS);
  const own = [...filled].filter((key) => !ofRequests.has(key)).toSorted();
  expect(own).toEqual([...OPERATION_KEYS].toSorted());
});

it('says of no key both that it has a source and that it has none', () => {
  const absent = ABSENT_KEYS.flatMap(({ keys }) => keys).map((key) => key.toLowerCase());
  expect(new Set(absent).size).toBe(absent.length);
  expect([...CONDITION_KEYS, ...OPERATION_KEYS].filter((key) => absent.includes(key))).toEqual([]);
});

it.each([
  ['aws:PrincipalTag/team', true],
  ['AWS:SOURCEIP', true],
  ['kms:EncryptionContext:Tenant', true],
  ['kms:RecipientAttestation:PCR0', true],
  ['aws:PrincipalOrgID', true],
  ['s3:prefix', true],
  ['token.actions.githubusercontent.com:sub', true],
  ['aws:PrincipalTag/', false],
  ['aws:PrincipalTag', false],
  ['aws:SourceIpAddress', false],
  ['kms:EncryptionContext', false],
])('%s: %s', (key, known) => {
  expect(hasSource(key)).toBe(known);
});
