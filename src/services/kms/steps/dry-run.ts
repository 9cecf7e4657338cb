/**
 * A dry run's end. A cryptographic operation changes nothing, so it is run first: a bad ciphertext
 * fails a dry run as it fails a real call. What changes something, and a dry run that is to ignore
 * the ciphertext, stops before it is run.
 */
import type { KmsCall } from '../call.js';
import { ignoresCiphertext } from '../cryptography/ciphertext-members.js';
import { refuse } from '../refusals.js';

/** @throws ServiceError DryRunOperationException */
export function stopDryRun(call: KmsCall): void {
  if (isDryRun(call) && !runsFirst(call)) throw refuse.dryRun();
}

/** @throws ServiceError DryRunOperationException */
export function endDryRun(call: KmsCall): void {
  if (isDryRun(call)) throw refuse.dryRun();
}

function isDryRun({ operation, input }: KmsCall): boolean {
  return operation.dryRun && input.DryRun === true;
}

function runsFirst({ operation, input }: KmsCall): boolean {
  return operation.readOnly && !ignoresCiphertext(input);
}
