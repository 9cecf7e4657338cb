import { describe, expect, it } from 'vitest';
import { KEY_USAGES, type KeyUsage, specRow } from '../../src/crypto/algorithms.js';
import { keyKinds, madeSpecs } from '../support/key-kinds.js';
import { kmsServer } from './kms-server.js';
import { beyondToken, expectRefusal, unsupported, validation } from './refusals.js';
import { canMake, canUse, STORES } from './stores.js';

const server = kmsServer();

const LISTS = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const satisfies Record<KeyUsage, string>;

describe.each(STORES)('new %s keys', (store) => {
  it.each(keyKinds.filter((kind) => canMake(store, kind)))(
    '$keySpec $keyUsage is described as it was made',
    async (kind) => {
      const placement = await server.placement(store);
      const input = { ...placement, KeySpec: kind.keySpec, KeyUsage: kind.keyUsage };
      const { KeyMetadata: made } = await server.kms.createKey(input);
      const { KeyMetadata: described } = await server.kms.describeKey({ KeyId: made?.KeyId });
      expect(described).toEqual(made);
      expect(described).toMatchObject({
        KeySpec: kind.keySpec,
        CustomerMasterKeySpec: kind.keySpec,
        KeyUsage: kind.keyUsage,
        KeyState: 'Enabled',
        Origin: store === 'software' ? 'AWS_KMS' : 'AWS_CLOUDHSM',
        [LISTS[kind.keyUsage]]: kind.algorithms.filter((each) => canUse(store, each)),
      });
      const lists = Object.values(LISTS).filter((list) => described?.[list] !== undefined);
      expect(lists).toEqual([LISTS[kind.keyUsage]]);
      const hasMaterialId = store === 'software' && kind.keySpec === 'SYMMETRIC_DEFAULT';
      expect(described?.CurrentKeyMaterialId !== undefined).toBe(hasMaterialId);
    },
  );

  it.each(keyKinds.filter((kind) => !canMake(store, kind)))(
    '$keySpec $keyUsage is beyond the token',
    async (kind) => {
      await expectRefusal(server.newKey(store, kind), beyondToken(kind.keySpec));
    },
  );
});

describe('keys that are refused, of software or any other', () => {
  it.each(madeSpecs.filter((keySpec) => keySpec !== 'SYMMETRIC_DEFAULT'))(
    '%s without a usage',
    async (KeySpec) => {
      const refusal = validation(
        'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
      );
      await expectRefusal(server.kms.createKey({ KeySpec }), refusal);
    },
  );

  const incompatible = madeSpecs.flatMap((keySpec) =>
    KEY_USAGES.filter(
      (usage) => !keyKinds.some((k) => k.keySpec === keySpec && k.keyUsage === usage),
    ).map((keyUsage) => ({ keySpec, keyUsage })),
  );
  it.each(incompatible)('$keySpec for $keyUsage', async ({ keySpec, keyUsage }) => {
    const refusal = validation(`KeyUsage ${keyUsage} is not compatible with KeySpec ${keySpec}`);
    const call = server.kms.createKey({ KeySpec: keySpec, KeyUsage: keyUsage });
    await expectRefusal(call, refusal);
  });

  it.each(keyKinds.filter(({ keySpec }) => specRow(keySpec).lattice))(
    '$keySpec for imported material',
    async ({ keySpec, keyUsage }) => {
      const refusal = validation(`KeySpec ${keySpec} is not supported for Origin EXTERNAL`);
      const members = { KeySpec: keySpec, KeyUsage: keyUsage, Origin: 'EXTERNAL' } as const;
      await expectRefusal(server.kms.createKey(members), refusal);
    },
  );

  it.each(['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'] as const)(
    'SM2 for %s',
    async (KeyUsage) => {
      const refusal = unsupported('SM2 keys are not supported in this Region.');
      await expectRefusal(server.kms.createKey({ KeySpec: 'SM2', KeyUsage }), refusal);
      const older = server.kms.createKey({ CustomerMasterKeySpec: 'SM2', KeyUsage });
      await expectRefusal(older, refusal);
    },
  );

  it('both names of the spec', async () => {
    const call = server.kms.createKey({
      KeySpec: 'RSA_2048',
      CustomerMasterKeySpec: 'RSA_2048',
      KeyUsage: 'SIGN_VERIFY',
    });
    const refusal = validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
    await expectRefusal(call, refusal);
  });

  it('the deprecated name of the spec makes the same key', async () => {
    const { KeyMetadata } = await server.kms.createKey({
      CustomerMasterKeySpec: 'ECC_NIST_P384',
      KeyUsage: 'SIGN_VERIFY',
    });
    expect(KeyMetadata).toMatchObject({ KeySpec: 'ECC_NIST_P384' });
  });
});
