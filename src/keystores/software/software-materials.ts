import { createHmac } from 'node:crypto';
import type { KeyMaterial } from '../../keys/key.js';
import type { Deadline } from '../key-store.js';
import type { MaterialMaker, MaterialOwner } from '../materials.js';
import { materialLocation, type Sealer } from '../sealing.js';

const MATERIAL_BYTES = 32;

export interface SoftwareMaterialsOptions {
  readonly sealer: Sealer;
  /** Random octets from the root token's generator. */
  readonly random: (length: number, deadline: Deadline) => Promise<Buffer>;
  readonly now: () => number;
}

/** Material from the root token's generator, at once sealed by the root key. */
export class SoftwareMaterials implements MaterialMaker {
  readonly #options: SoftwareMaterialsOptions;

  constructor(options: SoftwareMaterialsOptions) {
    this.#options = options;
  }

  async make(owner: MaterialOwner, deadline: Deadline): Promise<KeyMaterial> {
    const { sealer, random, now } = this.#options;
    const secret = await random(MATERIAL_BYTES, deadline);
    try {
      const materialId = keyMaterialId(owner.keyId, secret);
      const address = { region: owner.region, keyId: owner.keyId, materialId };
      const sealed = await sealer.seal(secret, materialLocation(address), deadline);
      return { ...address, sealed, ckaId: undefined, createdAt: new Date(now()) };
    } finally {
      secret.fill(0);
    }
  }

  /** Nothing was stored outside the returned value. */
  async abandon(): Promise<void> {}
}

/**
 * KeyMaterialId: bound to the KMS key and to the material, so the same octets in two keys have two
 * ids, and one way, so the id says nothing of the octets. 64 hex digits.
 */
export function keyMaterialId(keyId: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(`strongroom key material id\0${keyId}`).digest('hex');
}
