import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { expect } from 'vitest';

export const PLAINTEXT = Buffer.from('what must not be lost');

/** Makes a key. @returns its id. */
export async function makeKey(
  client: KMSClient,
  input: CreateKeyCommandInput = {},
): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
  if (!KeyMetadata?.KeyId) throw new Error('no key was made');
  return KeyMetadata.KeyId;
}

/** A key in a custom key store. @returns its id. */
export function makeTokenKey(client: KMSClient, CustomKeyStoreId: string): Promise<string> {
  return makeKey(client, { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
}

export async function encrypt(client: KMSClient, KeyId: string): Promise<Uint8Array> {
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT }));
  if (!CiphertextBlob) throw new Error('no ciphertext was made');
  return CiphertextBlob;
}

export async function decrypt(client: KMSClient, CiphertextBlob: Uint8Array): Promise<Uint8Array> {
  const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
  if (!Plaintext) throw new Error('no plaintext was given');
  return Plaintext;
}

/** Encrypts and decrypts, and checks that it is the same. */
export async function roundTrip(client: KMSClient, keyId: string): Promise<void> {
  const opened = await decrypt(client, await encrypt(client, keyId));
  expect(Buffer.from(opened)).toEqual(PLAINTEXT);
}

export async function keyState(client: KMSClient, KeyId: string): Promise<string | undefined> {
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  return KeyMetadata?.KeyState;
}

/** The AWS error code with which a call ends, or `answered`. */
export async function endingOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'answered';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
