import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/declare/operation.js';
import { ServiceError } from '../../src/kernel/service-error.js';

import { operations } from '../support/kms-operations.js';

const INPUT_ERRORS = [
  'SerializationException',
  'ValidationException',
  'InvalidAliasNameException',
  'NotAuthorizedException',
  'UnsupportedOperationException',
  'TagException',
];

const json = fc.jsonValue({ maxDepth: 4 });

/** Any JSON, and JSON under the very names that the operation reads. */
function inputs({ input }: Operation): fc.Arbitrary<unknown> {
  const names = Object.keys(input.properties);
  const likely = fc.oneof(
    json,
    fc.string({ unit: 'binary' }),
    fc.base64String(),
    fc.constantFrom('alias/a', 'alias/aws/kms', 'SYMMETRIC_DEFAULT', ''),
    fc.array(json),
  );
  const named = fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), likely);
  return fc.oneof(json, named);
}

describe.each([...operations.values()])('$name', (operation) => {
  it('refuses whatever JSON it does not take with a ServiceError', () => {
    fc.assert(
      fc.property(inputs(operation), (members) => {
        try {
          const decoded = operation.decode(members);
          const declared = new Set(Object.keys(operation.input.properties));
          expect(Object.keys(decoded).filter((name) => !declared.has(name))).toStrictEqual([]);
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          expect(INPUT_ERRORS).toContain(error.code);
        }
      }),
      { numRuns: 150 },
    );
  });
});
