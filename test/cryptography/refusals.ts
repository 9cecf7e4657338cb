import { expect } from 'vitest';
import { TOKEN_ID } from './stores.js';

/** An error's name and its exact text. */
export interface Expected {
  readonly name: string;
  readonly message: string | RegExp;
}

/** What the SDK says of an exception that has no text. */
const NO_TEXT = 'UnknownError';

export async function expectRefusal(
  call: Promise<unknown>,
  { name, message }: Expected,
): Promise<void> {
  await expect(call).rejects.toMatchObject({
    name,
    message: message instanceof RegExp ? expect.stringMatching(message) : message,
    $metadata: { httpStatusCode: 400 },
  });
}

const mute = (name: string): Expected => ({ name, message: NO_TEXT });

export const invalidSignature = mute('KMSInvalidSignatureException');
export const invalidMac = mute('KMSInvalidMacException');
export const invalidCiphertext = mute('InvalidCiphertextException');
export const unreadablePeer = mute('ValidationException');

export const noPublicKey = mute('UnsupportedOperationException');

export const validation = (message: string): Expected => ({ name: 'ValidationException', message });

/** One violated constraint, in AWS's frame. */
export const violation = (text: string): Expected =>
  validation(`1 validation error detected: ${text}`);

export const unsupported = (message: string | RegExp): Expected => ({
  name: 'UnsupportedOperationException',
  message,
});

/** The token is named, and what it lacks. */
export const beyondToken = (what: string): Expected =>
  unsupported(new RegExp(`${TOKEN_ID}.*${what}`));

export const wrongUsage = (arn: string, usage: string, operation: string): Expected => ({
  name: 'InvalidKeyUsageException',
  message: `${arn} key usage is ${usage} which is not valid for ${operation}.`,
});

export const wrongAlgorithm = (algorithm: string, keySpec: string): Expected => ({
  name: 'InvalidKeyUsageException',
  message: `Algorithm ${algorithm} is incompatible with key spec ${keySpec}.`,
});

const noMaker = (what: string): Expected => ({
  name: 'InvalidKeyUsageException',
  message: `You cannot generate a ${what} with an asymmetric CMK`,
});
export const noDataKeyPairs = noMaker('data key pair');

/** @param what `key spec …`, or `algorithm …` where another one of the key takes such messages */
export const wrongMessageType = (messageType: string, what: string): Expected =>
  validation(`Message type ${messageType} is incompatible with ${what}.`);

/** @param what of which length is spoken */
export const wrongDigestLength = (algorithm: string, what = 'Digest'): Expected =>
  validation(`${what} is invalid length for algorithm ${algorithm}.`);

export const tooLong = (algorithm: string, keySpec: string, max: number): Expected =>
  validation(
    `Algorithm ${algorithm} and key spec ${keySpec} cannot encrypt data larger than ${max} bytes.`,
  );

export const disabled = (arn: string): Expected => ({
  name: 'DisabledException',
  message: `${arn} is disabled.`,
});

export const incorrectKey: Expected = {
  name: 'IncorrectKeyException',
  message: 'The key ID in the request does not identify a CMK that can perform this operation.',
};
