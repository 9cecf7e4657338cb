import { randomBytes } from 'node:crypto';
import type { ConformanceServer, StoreName, TestKey } from '../faces/conformance-server.js';
import type { Face } from '../faces/face.js';
import type { FaceName } from '../faces/faces.js';
import { wrapMaterial } from '../import-material.js';
import { OTHER_REGION } from '../shared-server.js';
import { ACCOUNT_ID } from '../strongroom.js';
import { isOnlySoftware, KINDS, type KindName } from './operation-row.js';

// Whatever must never be written down is distinctive, so that a search finds it in any encoding.
export const PLAINTEXT = Buffer.from('the-plaintext-of-this-test-must-not-be-seen');
export const IMPORTED = Buffer.from('the-imported-material-not-seen!!');
export const CONTEXT = { Tenant: 'blue', colour: 'Red' };
export const ROOT_ARN = `arn:aws:iam::${ACCOUNT_ID}:root`;

export const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'kms:*', Resource: '*' }],
});

/** A grant to the account's principals. */
export const GRANT = {
  ...{ GranteePrincipal: ROOT_ARN, RetiringPrincipal: ROOT_ARN },
  Operations: ['Encrypt' as const],
  Constraints: { EncryptionContextSubset: CONTEXT },
};

export const WRAPPING = {
  WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
  WrappingKeySpec: 'RSA_2048',
} as const;
// Of OAEP's two hashes the one that SoftHSM has.
export const OAEP = { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' } as const;

const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

/** Where the keys of a suite are, and how it calls. */
export interface Place {
  readonly server: ConformanceServer;
  readonly face: FaceName;
  readonly store?: StoreName;
}

/** What a suite's key is to be: of this kind, symmetric otherwise, and with material of KMS in one Region. */
export interface Wanted {
  readonly kind?: KindName | undefined;
  readonly key?: 'imported' | 'primary' | 'imported primary' | undefined;
}

/**
 * A key, enabled, with everything around it that an operation may need. All but the key is made when
 * it is first asked for, and once; so ask before the key's state is changed.
 */
export class Surroundings {
  readonly key: TestKey;
  readonly call: Face['call'];
  readonly exchange: Face['exchange'];
  readonly server: ConformanceServer;
  readonly #place: Place;
  readonly #kind: KindName;
  readonly #imported: boolean;

  private constructor(place: Place, { kind, key: what }: Wanted, key: TestKey) {
    this.#place = place;
    this.#kind = kind ?? 'symmetric';
    this.#imported = what?.startsWith('imported') ?? false;
    this.key = key;
    this.server = place.server;
    const face = place.server.face(place.face);
    this.call = (...call) => face.call(...call);
    this.exchange = (...call) => face.exchange(...call);
  }

  static async make(place: Place, { kind = 'symmetric', key }: Wanted = {}): Promise<Surroundings> {
    const { server, face, store = 'software' } = place;
    const { keySpec, keyUsage } = KINDS[kind];
    const made = await server.newKey(face, isOnlySoftware(kind) ? 'software' : store, {
      ...{ KeySpec: keySpec, KeyUsage: keyUsage },
      ...(key?.startsWith('imported') && { Origin: 'EXTERNAL' }),
      ...(key?.endsWith('primary') && { MultiRegion: true }),
    });
    const at = new Surroundings(place, { kind, key }, made);
    if (key?.startsWith('imported')) await at.call('ImportKeyMaterial', await at.importOrder());
    if (key === 'primary') {
      await at.call('ReplicateKey', { KeyId: made.id, ReplicaRegion: OTHER_REGION });
    }
    return at;
  }

  /** A ciphertext of the key. */
  readonly blob = once(() => this.#encrypt(this.key));
  /** Points to the key. */
  readonly alias = once(() => this.server.newAlias(this.#place.face, this.key));
  /** Another key of the kind, in software, so that it stays usable; with a ciphertext and an alias. */
  readonly other = once(async () => {
    const { keySpec, keyUsage } = KINDS[this.#kind];
    const members = { KeySpec: keySpec, KeyUsage: keyUsage };
    return await this.server.newKey(this.#place.face, 'software', members);
  });
  readonly otherBlob = once(async () => await this.#encrypt(await this.other()));
  readonly otherAlias = once(
    async () => await this.server.newAlias(this.#place.face, await this.other()),
  );
  /** An alias name that nothing has. */
  readonly unusedAlias = once(async () => this.server.aliasName());
  /** A grant on the key. */
  readonly grant = once(() => this.call('CreateGrant', { KeyId: this.key.id, ...GRANT }));
  /** ImportKeyMaterial for the key, for ever; of a key that imports nothing, what only looks like it. */
  readonly importOrder = once(async () => {
    const KeyId = this.key.id;
    if (!this.#imported) {
      const octets = Buffer.alloc(8);
      return { KeyId, ImportToken: octets, EncryptedKeyMaterial: octets, ...FOR_EVER };
    }
    const { ImportToken, PublicKey } = await this.call('GetParametersForImport', {
      ...{ KeyId, ...WRAPPING },
    });
    const EncryptedKeyMaterial = wrapMaterial(
      IMPORTED,
      PublicKey ?? Buffer.alloc(0),
      WRAPPING.WrappingAlgorithm,
    );
    return { KeyId, ImportToken, EncryptedKeyMaterial, ...FOR_EVER };
  });

  async #encrypt({ id }: TestKey): Promise<Buffer> {
    const members = this.#kind === 'symmetric' ? { EncryptionContext: CONTEXT } : OAEP;
    const { CiphertextBlob } = await this.call('Encrypt', {
      ...{ KeyId: id, Plaintext: PLAINTEXT, ...members },
    });
    return Buffer.from(CiphertextBlob ?? randomBytes(0));
  }
}

/** Makes a thing when it is first asked for. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The surroundings of each kind of key, made when they are first asked for, for all calls that change nothing. */
export function sharedSurroundings(place: () => Place) {
  const made = new Map<string, Promise<Surroundings>>();
  return ({ kind, key }: Wanted): Promise<Surroundings> => {
    const name = `${kind} ${key}`;
    const found = made.get(name) ?? Surroundings.make(place(), { kind, key });
    made.set(name, found);
    return found;
  };
}
