import { describe, expect, it } from 'vitest';
import { latticeSpki } from '../../../src/crypto/lattice-keys.js';
import { growPair } from '../../../src/crypto/lattices.js';
import { expandedKey } from '../../../src/crypto/open-keys.js';
import { makeSignature } from '../../../src/crypto/signatures.js';
import { requirePair } from '../../../src/keystores/token/pair-trial.js';
import type { Token } from '../../../src/token-host/client/token.js';
import type { SignInput } from '../../../src/token-host/protocol/key-use.js';
import { soon } from '../../support/waiting.js';

const keySpec = 'ML_DSA_44';
const spec = { keySpec, keyUsage: 'SIGN_VERIFY' } as const;
const SEED = Buffer.alloc(32, 1);

/** A token that signs with the key of SEED. */
const signs = {
  call: async (_name: string, _key: string, { input: message }: SignInput) =>
    makeSignature({
      ...{ keySpec, algorithm: 'ML_DSA_SHAKE_256', messageType: 'RAW', message },
      key: expandedKey(keySpec, SEED),
    }),
} as unknown as Token;

const publicHalf = (seed: Buffer) => latticeSpki(keySpec, growPair(keySpec, seed).publicKey);

describe('a pair of ML-DSA', () => {
  it('is one when its public half verifies what the private half signs', async () => {
    await requirePair(signs, 'id', spec, publicHalf(SEED), soon());
  });

  it.each([
    ['of another pair', publicHalf(Buffer.alloc(32, 2))],
    ['missing', undefined],
  ])('is refused with a public half that is %s', async (_what, publicKey) => {
    await expect(requirePair(signs, 'id', spec, publicKey, soon())).rejects.toMatchObject({
      kind: 'unsafe-object',
    });
  });
});
