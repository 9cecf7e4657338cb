import { randomBytes } from 'node:crypto';
import type { KeyMaterial } from '../../keys/key.js';
import type { TokenObjectRepository } from '../../persistence/token-object-repository.js';
import type { TokenClient } from '../../token-host/client.js';
import type { Deadline } from '../key-store.js';
import type { MaterialMaker, MaterialOwner } from '../materials.js';
import type { Reconciler } from './reconciler.js';
import { answerTokenFailure } from './token-failures.js';

const CKA_ID_BYTES = 16;
const MATERIAL_ID_BYTES = 32;

export interface TokenMaterialsOptions {
  readonly tokenId: string;
  readonly client: TokenClient;
  readonly objects: TokenObjectRepository;
  readonly reconciler: Reconciler;
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

  async make(owner: MaterialOwner, deadline: Deadline): Promise<KeyMaterial> {
    const { tokenId, client, objects, now } = this.#options;
    // ASCII hex on purpose: some tokens show CKA_ID as text.
    const ckaId = randomBytes(CKA_ID_BYTES).toString('hex');
    const materialId = randomBytes(MATERIAL_ID_BYTES).toString('hex');
    await objects.intend({ ...owner, ckaId, tokenId });
    try {
      await client.generateAesKey({ ckaId, label: `kms:${owner.keyId}:${materialId}` }, deadline);
    } catch (error) {
      await this.#doom(ckaId);
      throw answerTokenFailure(error);
    }
    const { region, keyId } = owner;
    return { region, keyId, materialId, sealed: undefined, ckaId, createdAt: new Date(now()) };
  }

  async abandon(material: KeyMaterial): Promise<void> {
    if (material.ckaId) await this.#doom(material.ckaId);
  }

  async #doom(ckaId: string): Promise<void> {
    await this.#options.objects.doom(ckaId);
    this.#options.reconciler.wake();
  }
}
