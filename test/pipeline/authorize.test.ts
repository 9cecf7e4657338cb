import { describe, expect, it } from 'vitest';
import { refuse } from '../../src/api/refusals.js';
import { authorize, checkGrantTokens } from '../../src/pipeline/authorize.js';
import type { ResolvedKey } from '../../src/pipeline/resolve-keys.js';
import { SCOPE, sampleKey } from '../keys/sample-key.js';
import { parsedCiphertext, resolvedKey } from './sample-need.js';

const OTHER = '444455556666';
const caller = {
  kind: 'root',
  accountId: SCOPE.accountId,
  arn: `arn:aws:iam::${SCOPE.accountId}:root`,
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
} as const;

const ciphertext = parsedCiphertext();
const foreign = sampleKey({ accountId: OTHER });
const absence = refuse.keyNotFound('arn');

const notAllowed = refuse.crossAccount(caller.arn, 'kms:Decrypt');
const unknown = refuse.unknownCiphertextKey();

describe("the account's root user", () => {
  it.each<[string, Partial<ResolvedKey>]>([
    ['by its name', {}],
    ['by a ciphertext', { foundBy: 'ciphertext', ciphertext }],
  ])("may use the account's own key, found %s", (_, changed) => {
    const entry = resolvedKey(changed);
    expect(authorize(caller, [entry])).toStrictEqual([entry]);
  });

  it.each<[string, Partial<ResolvedKey>, Error]>([
    ['that another account has', { key: foreign, accountId: OTHER }, notAllowed],
    ['that another account has not', { key: undefined, accountId: OTHER, absence }, notAllowed],
    ['that is not there', { key: undefined, absence }, absence],
    [
      'of a ciphertext of another account',
      { key: foreign, foundBy: 'ciphertext', ciphertext },
      unknown,
    ],
    [
      'of a ciphertext that nobody has',
      { key: undefined, foundBy: 'ciphertext', ciphertext },
      unknown,
    ],
  ])('may not use a key %s', (_, changed, error) => {
    expect(() => authorize(caller, [resolvedKey(changed)])).toThrow(error);
  });

  it('needs to be allowed every key', () => {
    const denied = resolvedKey({ key: foreign, accountId: OTHER });
    expect(() => authorize(caller, [resolvedKey(), denied])).toThrow(notAllowed);
  });

  it('hears the same of a key of another account, whether it is there or not', () => {
    const messages = [foreign, undefined].map((key) => {
      try {
        return authorize(caller, [resolvedKey({ key, accountId: OTHER, absence })]);
      } catch (error) {
        return String(error);
      }
    });
    expect(messages[0]).toBe(messages[1]);
  });
});

it.each([
  { input: {}, valid: true },
  { input: { GrantTokens: [] }, valid: true },
  { input: { GrantTokens: ['x'] }, valid: false },
])('grant tokens $input, valid $valid', ({ input, valid }) => {
  const check = () => checkGrantTokens(input);
  if (valid) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: 'InvalidGrantTokenException' }));
});
