import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { useOf } from './uses.js';

/** One of each kind of call that a token's key makes. */
const KINDS = [
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT'],
  ['RSA_2048', 'SIGN_VERIFY', 'RSASSA_PSS_SHA_256'],
  ['RSA_2048', 'ENCRYPT_DECRYPT', 'RSAES_OAEP_SHA_1'],
  ['ECC_NIST_P256', 'SIGN_VERIFY', 'ECDSA_SHA_256'],
  ['ECC_NIST_P256', 'KEY_AGREEMENT', 'ECDH'],
  ['HMAC_256', 'GENERATE_VERIFY_MAC', 'HMAC_SHA_256'],
] as const;

/** Makes a key of each kind in the store. @returns what uses one of them, another at each call */
export async function usesInTurn(client: KMSClient, store: string): Promise<() => Promise<void>> {
  const uses: (() => Promise<void>)[] = [];
  for (const [KeySpec, KeyUsage, algorithm] of KINDS) {
    const order = { KeySpec, KeyUsage, CustomKeyStoreId: store, Origin: 'AWS_CLOUDHSM' } as const;
    const { KeyMetadata } = await client.send(new CreateKeyCommand(order));
    const key = { client, KeyId: KeyMetadata?.KeyId ?? '', keySpec: KeySpec };
    uses.push(() => useOf(algorithm)(key));
  }
  let turn = 0;
  return () => {
    turn += 1;
    return uses[turn % uses.length]?.() ?? Promise.reject(new Error('there are no uses'));
  };
}
