import { createHmac } from 'node:crypto';
import { seedBytes, specRow } from '../../crypto/algorithms.js';
import { materialLocation, type Sealer } from '../../kernel/sealing.js';
import type { Deadline } from '../../kernel/time.js';
import { type KeyMaterial, newMaterial } from '../contract/material.js';
import type {
  MaterialMaker,
  MaterialOwner,
  MaterialSpec,
  MaterialTaker,
  MaterialTransfer,
} from '../contract/materials.js';
import type { CryptoPool } from './crypto-pool.js';

export interface SoftwareMaterialsOptions {
  readonly sealer: Sealer;
  /** Random octets from the root token's generator. */
  readonly random: (length: number, deadline: Deadline) => Promise<Buffer>;
  readonly pool: CryptoPool;
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
    const secret = await this.#secret(spec, deadline);
    try {
      return await this.take(owner, secret, deadline);
    } finally {
      secret.octets.fill(0);
    }
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

  async #secret({ keySpec }: MaterialSpec, deadline: Deadline): Promise<MaterialSecret> {
    const { random, pool } = this.#options;
    const { keyType, bytes } = specRow(keySpec);
    if (keyType === 'aes' || keyType === 'hmac') {
      return { octets: await random(bytes, deadline), publicKey: undefined };
    }
    const needed = seedBytes(keySpec);
    const seed = needed > 0 ? await random(needed, deadline) : Buffer.alloc(0);
    const { privateKey, publicKey } = await pool.makeKeyPair(keySpec, seed);
    seed.fill(0);
    return { octets: privateKey, publicKey };
  }
}

/**
 * KeyMaterialId: bound to the KMS key and to the material, so the same octets in two keys have two
 * ids, and one way, so the id says nothing of the octets. 64 hex digits.
 */
export function keyMaterialId(keyId: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(`strongroom key material id\0${keyId}`).digest('hex');
}
