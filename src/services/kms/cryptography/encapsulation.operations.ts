/** Key encapsulation. Source: AWS KMS API Reference; shared reference, model-2026-11.md §1. */

import { type Static, Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import type { PublicKeys } from '../../../keystores/software/public-keys.js';
import { currentMaterial } from '../keys/key.js';
import { CiphertextBlob, EncapsulationAlgorithm, GrantTokens, KeyIdRef } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { requireAbility } from '../stores/require-ability.js';
import { cryptographicOperation } from './cryptographic-operation.js';
import { requireAlgorithm } from './require-algorithm.js';

const SharedSecret = Blob(32, 32, { sensitive: true });

interface EncapsulationInput {
  readonly EncapsulationAlgorithm: Static<typeof EncapsulationAlgorithm>;
}

/** What both say of the key. */
const encapsulation = {
  usage: 'ENCAPSULATE_DECAPSULATE',
  conditions: (input: EncapsulationInput) => ({
    members: { 'kms:encapsulationalgorithm': input.EncapsulationAlgorithm },
  }),
} as const;

export const encapsulate = cryptographicOperation('Encapsulate', {
  ...encapsulation,
  summary: 'Makes a shared secret, and encapsulates it with the public key of an ML-KEM key.',
  route: 'POST /keys/{KeyId}/encapsulate',
  members: {
    EncapsulationAlgorithm,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  },
  output: Type.Object({
    KeyId: KeyIdRef,
    SharedSecret,
    SharedSecretCiphertextBlob: CiphertextBlob,
    EncapsulationAlgorithm,
  }),
  async run({ input, key }, { publicKeys }: { readonly publicKeys: PublicKeys }) {
    const { EncapsulationAlgorithm: algorithm } = input;
    requireAlgorithm(key, algorithm);
    const { secret, ciphertext } = await publicKeys.encapsulate(currentMaterial(key), key.keySpec);
    return {
      KeyId: key.arn,
      SharedSecret: secret,
      SharedSecretCiphertextBlob: ciphertext,
      EncapsulationAlgorithm: algorithm,
    };
  },
});

export const decapsulate = cryptographicOperation('Decapsulate', {
  ...encapsulation,
  summary: 'Recovers the shared secret that was encapsulated for an ML-KEM key.',
  route: 'POST /keys/{KeyId}/decapsulate',
  members: {
    SharedSecretCiphertextBlob: CiphertextBlob,
    EncapsulationAlgorithm,
    GrantTokens: Type.Optional(GrantTokens),
    DryRun: Type.Optional(Type.Boolean()),
  },
  output: Type.Object({ KeyId: KeyIdRef, SharedSecret, EncapsulationAlgorithm }),
  errors: ['InvalidCiphertextException'],
  async run({ input, key, deadline }, { keyStores }: { readonly keyStores: KeyStores }) {
    const { EncapsulationAlgorithm: algorithm, SharedSecretCiphertextBlob: ciphertext } = input;
    requireAlgorithm(key, algorithm);
    const store = requireAbility(keyStores.of(key), 'decapsulate', key, algorithm);
    return {
      KeyId: key.arn,
      SharedSecret: await store.decapsulate(
        currentMaterial(key),
        key.keySpec,
        ciphertext,
        deadline,
      ),
      EncapsulationAlgorithm: algorithm,
    };
  },
});
