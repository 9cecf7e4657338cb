/**
 * One short pass over each token of another make that Debian has, but openCryptoki's: that one is the
 * machine's own and root's. The whole is `npm run test:tokens`.
 */
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeySpec, KeyUsage } from '../../src/crypto/algorithms.js';
import { connectionState } from '../support/custom-key-store.js';
import { nss } from '../support/tokens/kinds/nss.js';
import { p11KitClient, p11KitProxy } from '../support/tokens/kinds/p11-kit.js';
import type { MadeToken } from '../support/tokens/token-kind.js';
import { madeToken, serverWithStore, type TokenServer } from '../support/tokens/token-server.js';
import { useOf } from '../support/tokens/uses.js';

interface Case {
  readonly kind: typeof nss;
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  readonly algorithm: string;
}

const P256 = {
  keySpec: 'ECC_NIST_P256',
  keyUsage: 'SIGN_VERIFY',
  algorithm: 'ECDSA_SHA_256',
} as const;
const AES = {
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  algorithm: 'SYMMETRIC_DEFAULT',
} as const;
const CASES: readonly Case[] = [
  { kind: nss, ...AES },
  { kind: p11KitClient, ...P256 },
  { kind: p11KitProxy, ...AES },
];

describe.each(CASES)('$kind.name', ({ kind, keySpec, keyUsage, algorithm }) => {
  let token: MadeToken | undefined;
  let server: TokenServer;
  beforeAll(async () => {
    token = await madeToken(kind.make);
    server = await serverWithStore(token);
  });
  afterAll(async () => {
    await server?.dispose();
    await token?.dispose();
  });

  it(`makes a key for ${algorithm}, which works before and after the server’s end`, async () => {
    const { CustomKeyStoreId, strongroom } = server;
    const before: KMSClient = await server.client();
    const { KeyMetadata } = await before.send(
      new CreateKeyCommand({
        ...{ CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' },
        KeySpec: keySpec as never,
        KeyUsage: keyUsage,
      }),
    );
    const KeyId = KeyMetadata?.KeyId ?? '';
    expect(KeyMetadata?.CustomKeyStoreId).toBe(CustomKeyStoreId);
    await useOf(algorithm)({ client: before, KeyId, keySpec });
    await strongroom.kill();
    await strongroom.start();
    const after = await server.client();
    await connectionState(after, CustomKeyStoreId, 'CONNECTED');
    await useOf(algorithm)({ client: after, KeyId, keySpec });
  });
});
