import type { Operation } from '../../../declare/operation.js';
import { ignoresCiphertext } from '../cryptography/ciphertext-members.js';
import { refuse } from '../refusals.js';

/**
 * A dry run's end. A cryptographic operation changes nothing, so it is run first: a bad ciphertext
 * fails a dry run as it fails a real call. What changes something, and a dry run that is to ignore
 * the ciphertext, stops before it is run.
 * @throws KmsError DryRunOperationException
 */
export function stopDryRun(
  operation: Operation,
  input: Record<string, unknown>,
  point: 'before run' | 'after run',
): void {
  if (!operation.dryRun || input.DryRun !== true) return;
  const runs = operation.readOnly && !ignoresCiphertext(input);
  if (point === (runs ? 'after run' : 'before run')) throw refuse.dryRun();
}
