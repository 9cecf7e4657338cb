import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import type { Algorithm } from '../../crypto/algorithms.js';
import { subjectPublicKeyInfo } from '../../crypto/open-jwk.js';
import type { Deadline } from '../../kernel/time.js';
import type { Token } from '../../token-host/client/token.js';
import { capabilityCode, failureReason } from '../../token-host/protocol/capability-codes.js';
import { TokenError } from '../../token-host/protocol/token-error.js';
import { isInterrupted } from '../../token-host/protocol/token-outcome.js';
import type {
  WrappedMaterial,
  Wrapping,
  WrappingOrder,
} from '../../token-host/protocol/wrapped-keys.js';
import type { ProvesAlgorithms } from '../contract/abilities.js';
import type { UnwrapsInside, WrappedSecret, WrappingTerms } from '../contract/imports.js';
import { type KeyMaterial, newMaterial } from '../contract/material.js';
import type { MaterialMaker, MaterialOwner, MaterialSpec } from '../contract/materials.js';
import { unsupported } from '../contract/store-error.js';
import type { Capabilities } from './capabilities.js';
import { keepKey, keptKey } from './kept-keys.js';
import { requirePair } from './pair-trial.js';
import type { Reconciler } from './reconciler.js';
import { answerCreationFailure } from './token-failures.js';
import { checkOf, findSame, requireOrder, unfit, unwrapped } from './token-imports.js';
import { keyOrder } from './token-keys.js';
import type { TokenObjectIntent, TokenObjectRepository } from './token-object-repository.js';

const CKA_ID_BYTES = 16;
const MATERIAL_ID_BYTES = 32;
/** Import tokens that are good at a time, for one key. */
const MAX_WRAPPING_PAIRS = 4;
/** How often a token that fails in the middle is asked for one object, within the caller's deadline. */
const MOST_ATTEMPTS = 3;

export interface TokenMaterialsOptions {
  readonly tokenId: string;
  readonly client: Token;
  readonly objects: TokenObjectRepository;
  readonly reconciler: Reconciler;
  readonly capabilities: Capabilities;
  readonly now: () => number;
  /** The key under which material is kept outside the token; undefined where it is kept in it. */
  readonly wrapping: () => Wrapping | undefined;
}

/**
 * Material made inside a token. The intent, with its CKA_ID, is in the database before the token
 * makes the object; storing the key turns it live. What a failure leaves is settled by the
 * reconciler, which knows it by that CKA_ID.
 */
export class TokenMaterials implements MaterialMaker, UnwrapsInside, ProvesAlgorithms {
  readonly #options: TokenMaterialsOptions;

  constructor(options: TokenMaterialsOptions) {
    this.#options = options;
  }

  provenAlgorithms(spec: MaterialSpec, deadline: Deadline): Promise<readonly Algorithm[]> {
    return this.#options.capabilities.provenAlgorithms(spec, deadline);
  }

  async make(owner: MaterialOwner, spec: MaterialSpec, deadline: Deadline): Promise<KeyMaterial> {
    const { client, capabilities, now } = this.#options;
    await capabilities.requireKey(spec, deadline);
    const order = keyOrder(spec);
    if (!order) throw new Error(`${spec.keySpec} passed as a token's key`);
    const materialId = randomBytes(MATERIAL_ID_BYTES).toString('hex');
    const wrapping = this.#options.wrapping();
    if (wrapping) {
      const wrapped = { ...wrapping, order };
      return this.#makeWrapped(owner, materialId, spec, wrapped, deadline);
    }
    return this.#newObject(owner, 'intended', nameOf(spec), deadline, async (ckaId) => {
      const label = `kms:${owner.keyId}:${materialId}`;
      const jwk = await client.call('generateKey', ckaId, { label, order }, deadline);
      const publicKey = jwk && subjectPublicKeyInfo(jwk);
      await requirePair(client, ckaId, spec, publicKey, deadline);
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
    });
  }

  async #makeWrapped(
    { region, keyId }: MaterialOwner,
    materialId: string,
    spec: MaterialSpec,
    order: WrappingOrder,
    deadline: Deadline,
  ): Promise<KeyMaterial> {
    const { tokenId, client, now } = this.#options;
    try {
      const made = await this.#generateWrapped(spec, order, deadline);
      const material = newMaterial({
        ...{ region, keyId, materialId, ckaId: undefined },
        sealed: keepKey({ ...order, wrapped: made.wrapped }),
        publicKey: made.publicKey && subjectPublicKeyInfo(made.publicKey),
        createdAt: new Date(now()),
      });
      await requirePair(client, keptKey(material), spec, material.publicKey, deadline);
      return material;
    } catch (error) {
      throw answerCreationFailure(error, tokenId, `wrap ${nameOf(spec)}`);
    }
  }

  /** Nothing of it stays in the token: what says that it can't, or not now, is asked once more. */
  async #generateWrapped(
    spec: MaterialSpec,
    order: WrappingOrder,
    deadline: Deadline,
  ): Promise<WrappedMaterial> {
    const { tokenId, client } = this.#options;
    const generate = () => client.call('generateWrapped', undefined, order, deadline);
    return generate().catch((first: unknown) => {
      if (!saysNoSuchWrapping(first)) throw first;
      return generate().catch((second: unknown) => {
        if (!saysNoSuchWrapping(second)) throw second;
        throw unsupported(
          `The token ${tokenId} cannot wrap ${nameOf(spec)}: ${failureReason(second)}`,
        );
      });
    });
  }

  async makeWrappingPair(
    owner: MaterialOwner,
    spec: MaterialSpec,
    { modulusBytes, hash }: WrappingTerms,
    deadline: Deadline,
  ): Promise<{ readonly ckaId: string; readonly publicKey: Buffer }> {
    const { client, capabilities, tokenId } = this.#options;
    if (this.#options.wrapping()) {
      throw unsupported(`Keys of the token ${tokenId} are kept wrapped: none can be imported.`);
    }
    await capabilities.requireKey(spec, deadline);
    return this.#newObject(owner, 'wrapping', 'a pair for imports', deadline, async (ckaId) => {
      const order = { keyType: 'rsa', purpose: 'unwrap', bytes: modulusBytes } as const;
      const label = `kms:${owner.keyId}:import`;
      const jwk = await client.call('generateKey', ckaId, { label, order }, deadline);
      if (!jwk) throw new Error('the token gave no public key');
      const publicKey = subjectPublicKeyInfo(jwk);
      await this.#tryUnwrapping(ckaId, spec, { publicKey, hash }, deadline);
      return { ckaId, publicKey };
    });
  }

  async unwrap(
    owner: MaterialOwner,
    spec: MaterialSpec,
    secret: WrappedSecret,
    known: readonly KeyMaterial[],
    deadline: Deadline,
  ): Promise<KeyMaterial> {
    const { client, now } = this.#options;
    const order = requireOrder(spec);
    return this.#newObject(owner, 'intended', nameOf(spec), deadline, async (ckaId) => {
      const label = `kms:${owner.keyId}:imported`;
      const bytes = await unwrapped(
        client.call(
          'unwrapKey',
          secret.wrapping,
          { hash: secret.hash, wrapped: secret.wrapped, order, identity: { ckaId, label } },
          deadline,
        ),
      );
      if (bytes !== undefined && bytes !== order.bytes) throw unfit(spec);
      const same = await findSame(client, ckaId, spec, known, deadline);
      const { region, keyId } = owner;
      return {
        ...newMaterial({
          ...{ region, keyId, ckaId, sealed: undefined, publicKey: undefined },
          materialId: same?.materialId ?? randomBytes(MATERIAL_ID_BYTES).toString('hex'),
          createdAt: new Date(now()),
        }),
        check: same?.check ?? (await checkOf(client, ckaId, spec, deadline)),
      };
    });
  }

  /**
   * Has an object made whose row is there before it. Where the token fails in the middle, whether it
   * made the object is not known: that one is left to the reconciler, and another is asked for, with a
   * CKA_ID of its own, so that there are never two under one.
   */
  async #newObject<Made>(
    owner: MaterialOwner,
    status: 'intended' | 'wrapping',
    what: string,
    deadline: Deadline,
    make: (ckaId: string) => Promise<Made>,
  ): Promise<Made> {
    for (let attempt = 1; ; attempt += 1) {
      // ASCII hex on purpose: some tokens show CKA_ID as text.
      const ckaId = randomBytes(CKA_ID_BYTES).toString('hex');
      await this.#intend({ ...owner, ckaId, tokenId: this.#options.tokenId }, status);
      try {
        return await make(ckaId);
      } catch (error) {
        await this.#discard(ckaId);
        const late = deadline <= this.#options.now();
        if (late || attempt === MOST_ATTEMPTS || !isInterrupted(error)) {
          throw answerCreationFailure(error, this.#options.tokenId, `make ${what}`);
        }
      }
    }
  }

  async #intend(intent: TokenObjectIntent, status: 'intended' | 'wrapping'): Promise<void> {
    const { objects, reconciler } = this.#options;
    await objects.intend(intent, status);
    if (status === 'intended') return;
    await objects.limitWrapping(intent, MAX_WRAPPING_PAIRS);
    reconciler.wake();
  }

  async #tryUnwrapping(
    wrapping: string,
    spec: MaterialSpec,
    { publicKey, hash }: { readonly publicKey: Buffer; readonly hash: WrappingTerms['hash'] },
    deadline: Deadline,
  ): Promise<void> {
    const { tokenId, client } = this.#options;
    const order = requireOrder(spec);
    const wrapped = publicEncrypt(
      {
        key: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }),
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: hash,
      },
      randomBytes(order.bytes),
    );
    try {
      const args = { hash, wrapped, order, identity: undefined };
      await client.call('unwrapKey', wrapping, args, deadline);
    } catch (error) {
      // What says nothing of the token's abilities is a failure like any other's.
      if (!capabilityCode(error)) throw error;
      throw unsupported(
        `The token ${tokenId} cannot unwrap key material of ${spec.keySpec} with RSA-OAEP and ${hash} (${failureReason(error)}).`,
      );
    }
  }

  async abandon(material: KeyMaterial): Promise<void> {
    if (material.ckaId) await this.#discard(material.ckaId);
  }

  /** The object is nobody's: the reconciler destroys it. */
  async #discard(ckaId: string): Promise<void> {
    await this.#options.objects.discard(ckaId);
    this.#options.reconciler.wake();
  }
}

/** Of a token whose wrapping key works, so that it is about the key: Kryoptic says so of ML-DSA's. */
function saysNoSuchWrapping(error: unknown): boolean {
  return error instanceof TokenError && error.code === 'CKR_FUNCTION_NOT_SUPPORTED';
}

function nameOf({ keySpec, keyUsage }: MaterialSpec): string {
  return `a key ${keySpec}:${keyUsage}`;
}
