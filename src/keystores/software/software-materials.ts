import { createHmac } from 'node:crypto';
import { type KeySpec, specRow } from '../../crypto/algorithms.js';
import { materialLocation, type Sealer } from '../../kernel/sealing.js';
import type { Deadline } from '../../kernel/time.js';
import type { RandomSource } from '../contract/abilities.js';
import { type KeyMaterial, newMaterial } from '../contract/material.js';
import type {
  MaterialMaker,
  MaterialOwner,
  MaterialSpec,
  MaterialTaker,
  MaterialTransfer,
} from '../contract/materials.js';
import type { KeyPairs } from './key-pairs.js';

export interface SoftwareMaterialsOptions {
  readonly sealer: Sealer;
  /** Random octets from the root token's generator. */
  readonly random: RandomSource;
  readonly keyPairs: KeyPairs;
  readonly now: () => number;
}

export interface MaterialSecret {
  /** What is sealed: raw octets, PKCS #8 in DER, or a lattice's seed. */
  readonly octets: Buffer;
  readonly publicKey: Buffer | undefined;
}

/**
 * Software material, at once sealed by the root key. Symmetric and MAC keys and lattices' seeds are
 * octets of the root token's generator; RSA and elliptic-curve pairs are OpenSSL's.
 */
export class SoftwareMaterials implements MaterialMaker, MaterialTaker, MaterialTransfer {
  readonly #options: SoftwareMaterialsOptions;

  constructor(options: SoftwareMaterialsOptions) {
    this.#options = options;
  }

  async make(owner: MaterialOwner, spec: MaterialSpec, deadline: Deadline): Promise<KeyMaterial> {
    const { keySpec } = spec;
    const { keyType, bytes } = specRow(keySpec);
    if (keyType === 'aes' || keyType === 'hmac') {
      const octets = await this.#options.random(bytes, deadline);
      try {
        return await this.take(owner, { octets, publicKey: undefined }, deadline);
      } finally {
        octets.fill(0);
      }
    }
    return this.#makePair(owner, keySpec, deadline);
  }

  async take(
    owner: MaterialOwner,
    { octets, publicKey }: MaterialSecret,
    deadline: Deadline,
  ): Promise<KeyMaterial> {
    const { sealer, now } = this.#options;
    const materialId = keyMaterialId(owner.keyId, octets);
    const address = { region: owner.region, keyId: owner.keyId, materialId };
    const sealed = await sealer.seal(octets, materialLocation(address), deadline);
    const createdAt = new Date(now());
    return newMaterial({ ...address, sealed, ckaId: undefined, publicKey, createdAt });
  }

  async transfer(material: KeyMaterial, region: string, deadline: Deadline): Promise<KeyMaterial> {
    const { sealer } = this.#options;
    if (!material.sealed) return { ...material, region };
    const octets = await sealer.open(material.sealed, materialLocation(material), deadline);
    try {
      const location = materialLocation({ ...material, region });
      return { ...material, region, sealed: await sealer.seal(octets, location, deadline) };
    } finally {
      octets.fill(0);
    }
  }

  /** Nothing was stored outside the returned value. */
  async abandon(): Promise<void> {}

  async #makePair(owner: MaterialOwner, keySpec: KeySpec, deadline: Deadline) {
    const { random, keyPairs } = this.#options;
    // A root token that can't answer now couldn't seal it either: nothing slow is begun in vain.
    await random(1, deadline);
    const order = { keySpec, accountId: owner.accountId, random, deadline };
    return keyPairs.use(order, async ({ privateKey, publicKey }) => {
      const material = await this.take(owner, { octets: privateKey, publicKey }, deadline);
      privateKey.fill(0);
      return material;
    });
  }
}

/**
 * KeyMaterialId: bound to the KMS key and to the material, so the same octets in two keys have two
 * ids, and one way, so the id says nothing of the octets. 64 hex digits.
 */
export function keyMaterialId(keyId: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(`strongroom key material id\0${keyId}`).digest('hex');
}
