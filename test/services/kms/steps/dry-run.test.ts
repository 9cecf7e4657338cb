import { expect, it } from 'vitest';
import { operations } from '../../../../src/services/kms/registry.js';
import { stopDryRun } from '../../../../src/services/kms/steps/dry-run.js';

const DRY = { DryRun: true };
const IGNORING = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] };

it.each([
  { name: 'Encrypt', input: DRY, stops: 'after run' },
  { name: 'Decrypt', input: DRY, stops: 'after run' },
  { name: 'Decrypt', input: IGNORING, stops: 'before run' },
  { name: 'ReEncrypt', input: DRY, stops: 'after run' },
  { name: 'ReEncrypt', input: IGNORING, stops: 'before run' },
  { name: 'GenerateDataKey', input: DRY, stops: 'after run' },
  { name: 'GenerateDataKeyWithoutPlaintext', input: DRY, stops: 'after run' },
  { name: 'Encrypt', input: { DryRun: false }, stops: 'never' },
  { name: 'Encrypt', input: {}, stops: 'never' },
  // No member of its own: what a caller writes there is unknown and means nothing.
  { name: 'CreateKey', input: DRY, stops: 'never' },
  { name: 'DescribeKey', input: DRY, stops: 'never' },
])('$name with $input stops $stops', ({ name, input, stops }) => {
  const operation = operations.get(name);
  if (!operation) throw new Error(`there is no ${name}`);
  for (const point of ['before run', 'after run'] as const) {
    const stop = () => stopDryRun(operation, input, point);
    if (point === stops) {
      expect(stop).toThrow(expect.objectContaining({ code: 'DryRunOperationException' }));
    } else expect(stop).not.toThrow();
  }
});
