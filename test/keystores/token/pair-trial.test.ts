/** That no key of ML-DSA is made whose public half is another's, by a token that signs with SEED's. */
import { describe, expect, it } from 'vitest';
import { latticeSpki } from '../../../src/crypto/lattice-keys.js';
import { growPair } from '../../../src/crypto/lattices.js';
import { expandedKey } from '../../../src/crypto/open-keys.js';
import { makeSignature } from '../../../src/crypto/signatures.js';
import { TokenMaterials } from '../../../src/keystores/token/token-materials.js';
import type { SignInput } from '../../../src/token-host/protocol/key-use.js';
import { soon } from '../../support/waiting.js';

const keySpec = 'ML_DSA_44';
const spec = { keySpec, keyUsage: 'SIGN_VERIFY' } as const;
const OWNER = { accountId: '111122223333', region: 'us-east-1', keyId: 'k' };
const SEED = Buffer.alloc(32, 1);
const { publicKey: OWN } = growPair(keySpec, SEED);
const { publicKey: OTHER } = growPair(keySpec, Buffer.alloc(32, 2));

/** What becomes of a key that the token says has this public half. */
function bench(pub: Uint8Array, wrapping?: object) {
  const jwk = { kty: 'AKP', alg: 'ML-DSA-44', pub: Buffer.from(pub).toString('base64url') };
  const calls = {
    generateKey: () => jwk,
    generateWrapped: () => ({ wrapped: Buffer.from('wrapped'), publicKey: jwk }),
    sign: ({ input: message }: SignInput) =>
      makeSignature({
        ...{ keySpec, algorithm: 'ML_DSA_SHAKE_256', messageType: 'RAW', message },
        key: expandedKey(keySpec, SEED),
      }),
  };
  const intended: string[] = [];
  const discarded: string[] = [];
  const materials = new TokenMaterials({
    tokenId: 't',
    client: {
      call: async (name: keyof typeof calls, _key: unknown, args: SignInput) => calls[name](args),
    },
    objects: {
      intend: async ({ ckaId }: { ckaId: string }) => void intended.push(ckaId),
      discard: async (ckaId: string) => void discarded.push(ckaId),
    },
    reconciler: { wake: () => undefined },
    capabilities: { requireKey: async () => undefined },
    now: Date.now,
    wrapping: () => wrapping,
  } as unknown as ConstructorParameters<typeof TokenMaterials>[0]);
  return { made: materials.make(OWNER, spec, soon()), intended, discarded };
}

describe.each([
  ['in the token', undefined],
  ['wrapped', { wrapping: 'w', scheme: 'kwp' }],
])('a key that is kept %s', (_where, wrapping) => {
  it('is made when its public half verifies what its private half signs', async () => {
    const { made, discarded } = bench(OWN, wrapping);
    expect((await made).publicKey).toEqual(latticeSpki(keySpec, OWN));
    expect(discarded).toEqual([]);
  });

  it('is refused, and given up, with another’s', async () => {
    const { made, intended, discarded } = bench(OTHER, wrapping);
    await expect(made).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('whose halves are of two pairs'),
    });
    expect(intended).toHaveLength(wrapping ? 0 : 1);
    expect(discarded).toEqual(intended);
  });
});
