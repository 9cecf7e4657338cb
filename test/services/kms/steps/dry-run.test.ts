import { expect, it } from 'vitest';
import { endDryRun, stopDryRun } from '../../../../src/services/kms/steps/dry-run.js';
import { kmsCall } from '../../../support/kms-call.js';
import { operations } from '../../../support/kms-operations.js';

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
  const call = kmsCall(operation, { input });
  for (const [point, step] of [
    ['before run', stopDryRun],
    ['after run', endDryRun],
  ] as const) {
    const stop = () => step(call);
    if (point === stops) {
      expect(stop).toThrow(expect.objectContaining({ code: 'DryRunOperationException' }));
      break;
    }
    expect(stop).not.toThrow();
  }
});
