/** Rules that Decrypt and ReEncrypt share. Source: shared reference, operations.md §9 and §10. */
import type { ErrorCode } from '../errors.js';
import { refuse } from '../refusals.js';

/** What both may answer. */
export const decryptionErrors: readonly ErrorCode[] = [
  'NotFoundException',
  'DisabledException',
  'InvalidCiphertextException',
  'KeyUnavailableException',
  'IncorrectKeyException',
  'InvalidKeyUsageException',
  'DependencyTimeoutException',
  'InvalidGrantTokenException',
  'KMSInternalException',
  'KMSInvalidStateException',
  'DryRunOperationException',
];

interface CiphertextMembers {
  readonly CiphertextBlob?: Buffer;
  readonly DryRun?: boolean;
  readonly DryRunModifiers?: readonly string[];
}

/** Whether only the authorization is asked for, without a look at the ciphertext. */
export function ignoresCiphertext(input: CiphertextMembers): boolean {
  return input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') ?? false;
}

/** @throws ServiceError ValidationException */
export function checkCiphertextMembers(
  input: CiphertextMembers,
  source: { readonly keyId: string | undefined; readonly member: string },
): void {
  if (!ignoresCiphertext(input)) {
    if (!input.CiphertextBlob) throw refuse.missingMember('ciphertextBlob');
    return;
  }
  if (!input.DryRun) {
    throw refuse.validation('DryRunModifiers can be specified only when DryRun is true.');
  }
  if (source.keyId === undefined) throw refuse.missingMember(source.member);
}

/** The ciphertext, which is only missing from calls that stop before they would read it. */
export function requireBlob({ CiphertextBlob: blob }: CiphertextMembers): Buffer {
  if (!blob) throw refuse.missingMember('ciphertextBlob');
  return blob;
}

/**
 * The blob whose header names the key; only symmetric ciphertexts have one.
 * @throws ServiceError ValidationException when an asymmetric ciphertext comes without its key.
 */
export function symmetricBlob(input: CiphertextMembers, algorithm: string): Buffer | undefined {
  if (algorithm !== 'SYMMETRIC_DEFAULT' || ignoresCiphertext(input)) return undefined;
  return input.CiphertextBlob;
}

/**
 * Nitro attestation needs AWS hardware; answering in the clear where an enclave was meant would be
 * a leak, so the member is refused.
 * @throws ServiceError ValidationException
 */
export function refuseRecipient(input: { readonly Recipient?: unknown }): void {
  if (input.Recipient !== undefined) {
    throw refuse.validation('Recipient is not supported: this server has no Nitro attestation.');
  }
}
