import { expect } from 'vitest';
import type { FaceName } from './faces.js';

/** An error's name and its exact text; empty for those that AWS answers without one. */
export interface Expected {
  readonly name: string;
  readonly message: string | RegExp;
}

const FAULTS = new Set(['DependencyTimeoutException', 'KMSInternalException']);

/** REST's statuses where they aren't 400. */
const REST_STATUS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  AlreadyExistsException: 409,
  CloudHsmClusterInUseException: 409,
  CloudHsmClusterNotFoundException: 404,
  CustomKeyStoreHasCMKsException: 409,
  CustomKeyStoreInvalidStateException: 409,
  CustomKeyStoreNameInUseException: 409,
  CustomKeyStoreNotFoundException: 404,
  DisabledException: 409,
  DryRunOperationException: 412,
  KMSInvalidStateException: 409,
  NotAuthorizedException: 403,
  NotFoundException: 404,
};

/** AWS answers every refusal with 400 and every fault with 500; REST has a status for each. */
export function statusOf(face: FaceName, name: string): number {
  if (FAULTS.has(name)) return 500;
  return face === 'REST' ? (REST_STATUS[name] ?? 400) : 400;
}

/** That a call is refused with this name, this text and the status that the face has for it. */
export async function expectRefusal(
  face: FaceName,
  call: Promise<unknown>,
  { name, message }: Expected,
): Promise<void> {
  await expect(call).rejects.toMatchObject({
    name,
    message: message instanceof RegExp ? expect.stringMatching(message) : message,
    status: statusOf(face, name),
  });
}

export const validation = (message: string): Expected => ({ name: 'ValidationException', message });

/** One violated constraint, in AWS's frame. */
export const violation = (text: string): Expected =>
  validation(`1 validation error detected: ${text}`);

export const notFound = (message: string): Expected => ({ name: 'NotFoundException', message });

export const invalidState = (message: string): Expected => ({
  name: 'KMSInvalidStateException',
  message,
});

export const disabled = (arn: string): Expected => ({
  name: 'DisabledException',
  message: `${arn} is disabled.`,
});

export const invalidCiphertext: Expected = { name: 'InvalidCiphertextException', message: '' };

export const incorrectKey: Expected = {
  name: 'IncorrectKeyException',
  message: 'The key ID in the request does not identify a CMK that can perform this operation.',
};

export const dryRun: Expected = {
  name: 'DryRunOperationException',
  message: 'The request would have succeeded, but the DryRun option is set.',
};

export const algorithm = (name: string): Expected => ({
  name: 'InvalidKeyUsageException',
  message: `Algorithm ${name} is incompatible with key spec SYMMETRIC_DEFAULT.`,
});

export const wrongUsage = (arn: string, usage: string, operation: string): Expected => ({
  name: 'InvalidKeyUsageException',
  message: `${arn} key usage is ${usage} which is not valid for ${operation}.`,
});

export const unknownCiphertextKey: Expected = {
  name: 'AccessDeniedException',
  message:
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
};

export const crossAccount = (account: string, action: string): Expected => ({
  name: 'AccessDeniedException',
  message: `User: arn:aws:iam::${account}:root is not authorized to perform: kms:${action} on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
});
