import { randomBytes } from 'node:crypto';
import { type KeyMaterial, newMaterial } from '../../keys/key.js';
import type { TokenObjectRepository } from '../../persistence/token-object-repository.js';
import type { TokenClient } from '../../token-host/client.js';
import type { Deadline } from '../key-store.js';
import type { MaterialMaker, MaterialOwner, MaterialSpec } from '../materials.js';
import type { Capabilities } from './capabilities.js';
import { subjectPublicKeyInfo } from './public-key.js';
import type { Reconciler } from './reconciler.js';
import { answerTokenFailure } from './token-failures.js';
import { keyOrder } from './token-keys.js';

const CKA_ID_BYTES = 16;
const MATERIAL_ID_BYTES = 32;

export interface TokenMaterialsOptions {
  readonly tokenId: string;
  readonly client: TokenClient;
  readonly objects: TokenObjectRepository;
  readonly reconciler: Reconciler;
  readonly capabilities: Capabilities;
  readonly now: () => number;
}

/**
 * Material made inside a token. The intent, with its CKA_ID, is in the database before the token
 * makes the object; storing the key turns it live. What a failure leaves is settled by the
 * reconciler, which knows it by that CKA_ID.
 */
export class TokenMaterials implements MaterialMaker {
  readonly #options: TokenMaterialsOptions;

  constructor(options: TokenMaterialsOptions) {
    this.#options = options;
  }

  async make(owner: MaterialOwner, spec: MaterialSpec, deadline: Deadline): Promise<KeyMaterial> {
    const { tokenId, client, objects, capabilities, now } = this.#options;
    await capabilities.requireKey(spec, deadline);
    const order = keyOrder(spec);
    if (!order) throw new Error(`${spec.keySpec} passed as a token's key`);
    // ASCII hex on purpose: some tokens show CKA_ID as text.
    const ckaId = randomBytes(CKA_ID_BYTES).toString('hex');
    const materialId = randomBytes(MATERIAL_ID_BYTES).toString('hex');
    await objects.intend({ ...owner, ckaId, tokenId });
    try {
      const label = `kms:${owner.keyId}:${materialId}`;
      const jwk = await client.generateKey({ ckaId, label, order }, deadline);
      const publicKey = jwk && subjectPublicKeyInfo(jwk);
      const { region, keyId } = owner;
      const createdAt = new Date(now());
      return newMaterial({
        region,
        keyId,
        materialId,
        sealed: undefined,
        ckaId,
        publicKey,
        createdAt,
      });
    } catch (error) {
      await this.#doom(ckaId);
      throw answerTokenFailure(error);
    }
  }

  async abandon(material: KeyMaterial): Promise<void> {
    if (material.ckaId) await this.#doom(material.ckaId);
  }

  async #doom(ckaId: string): Promise<void> {
    await this.#options.objects.doom(ckaId);
    this.#options.reconciler.wake();
  }
}
