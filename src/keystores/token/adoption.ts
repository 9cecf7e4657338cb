/** Taking up a key that is in the token already. Nothing of it is believed that can be tried. */
import { randomBytes } from 'node:crypto';
import { algorithmsOf, KEY_SPECS, type KeyUsage, specRow } from '../../crypto/algorithms.js';
import { subjectPublicKeyInfo } from '../../crypto/open-jwk.js';
import type { Deadline } from '../../kernel/time.js';
import type { Token } from '../../token-host/client/token.js';
import type { KeyReport, KeyTruth } from '../../token-host/protocol/key-report.js';
import type { AdoptionOrder } from '../contract/adoption.js';
import { type KeyMaterial, newMaterial } from '../contract/material.js';
import type { MaterialOwner, MaterialSpec } from '../contract/materials.js';
import { StoreError, unsupported } from '../contract/store-error.js';
import { adoptedName, LONGEST_NAME } from './adopted-objects.js';
import { tryKey } from './adoption-trial.js';
import type { Capabilities } from './capabilities.js';
import { answerTokenFailure } from './token-failures.js';
import type { TokenKeyStore } from './token-key-store.js';
import type { TokenObjectRepository } from './token-object-repository.js';

const MATERIAL_ID_BYTES = 32;
/** Labels of the objects that a Strongroom makes, this one or another. */
const OUR_LABEL = /^(kms|strongroom):/;

/** The usage bits that a usage needs of the secret or private key. */
const NEEDED: readonly (readonly [KeyUsage, KeyReport['objectClass'], readonly KeyTruth[]])[] = [
  ['ENCRYPT_DECRYPT', 'secret', ['encrypt', 'decrypt']],
  ['GENERATE_VERIFY_MAC', 'secret', ['sign']],
  ['ENCRYPT_DECRYPT', 'private', ['decrypt']],
  ['SIGN_VERIFY', 'private', ['sign']],
  ['KEY_AGREEMENT', 'private', ['derive']],
];

export interface AdoptionOptions {
  readonly tokenId: string;
  readonly client: Token;
  readonly objects: TokenObjectRepository;
  readonly keyStore: TokenKeyStore;
  readonly capabilities: Capabilities;
  readonly now: () => number;
}

/** See `AdoptsKeys.adopt`. */
export async function adoptKey(
  owner: MaterialOwner,
  { name, keyUsage, destroyOnDeletion }: AdoptionOrder,
  deadline: Deadline,
  options: AdoptionOptions,
): Promise<{ readonly spec: MaterialSpec; readonly material: KeyMaterial }> {
  const { tokenId, client, objects, keyStore, capabilities, now } = options;
  const report = await findOne(client, name, deadline);
  const ckaId = adoptedName(tokenId, report.ckaId);
  if (ckaId.length > LONGEST_NAME) throw unsupported('The CKA_ID of this key is too long.');
  if (OUR_LABEL.test(report.label) || (await objects.isKnown(tokenId, [report.ckaId]))) {
    throw unsupported('This key was made by a Strongroom, for a key of its own.');
  }
  if (await objects.isKnown(tokenId, [ckaId])) throw new StoreError('adopted');
  requireSafe(report);
  const spec = specOf(report, keyUsage);
  const publicKey = publicKeyOf(report);
  const { region, keyId } = owner;
  const material: KeyMaterial = {
    ...newMaterial({
      ...{ region, keyId, ckaId, publicKey, sealed: undefined, createdAt: new Date(now()) },
      materialId: randomBytes(MATERIAL_ID_BYTES).toString('hex'),
    }),
    adoption: { tokenId, destroyOnDeletion, ...objects.owner },
  };
  const algorithms = await capabilities.provenAlgorithms(spec, deadline);
  await tryKey(keyStore, material, spec, algorithms, deadline);
  return { spec, material };
}

async function findOne(
  client: Token,
  name: AdoptionOrder['name'],
  deadline: Deadline,
): Promise<KeyReport> {
  try {
    const found = await only(client, name, deadline);
    if (found.ckaId === '')
      throw unsupported('This key has no CKA_ID, by which it could be found.');
    // Of the same CKA_ID there may be another, with another label; and the client learns where it is.
    const one = await only(client, { ckaId: found.ckaId }, deadline);
    await client.call('findObject', one.ckaId, undefined, deadline);
    return one;
  } catch (error) {
    throw answerTokenFailure(error);
  }
}

async function only(
  client: Token,
  name: AdoptionOrder['name'],
  deadline: Deadline,
): Promise<KeyReport> {
  const { keys } = await client.call('reportKeys', undefined, name, deadline);
  const [report] = keys;
  if (!report) throw new StoreError('no-such-key');
  if (keys.length > 1) {
    throw unsupported('The token has more than one secret or private key of this name.');
  }
  return report;
}

function requireSafe({ truths }: KeyReport): void {
  if (truths.sensitive !== true) {
    throw unsupported('This key is not sensitive (CKA_SENSITIVE): its value can be read.');
  }
  if (truths.extractable !== false) {
    throw unsupported('This key is extractable (CKA_EXTRACTABLE): it can leave the token.');
  }
}

/** What the key is to KMS. @throws StoreError unsupported */
function specOf({ kind, objectClass, truths }: KeyReport, wanted: KeyUsage | undefined) {
  const keySpec = KEY_SPECS.find((each) => {
    const { keyType, bytes, curve } = specRow(each);
    return kind?.keyType === keyType && kind.bytes === bytes && kind.curve === curve;
  });
  if (!keySpec)
    throw unsupported('No key spec of KMS has the type and size, or curve, of this key.');
  const usages = NEEDED.filter(
    ([keyUsage, ofClass, bits]) =>
      ofClass === objectClass &&
      algorithmsOf({ keySpec, keyUsage }).length > 0 &&
      bits.every((bit) => truths[bit] === true),
  ).map(([keyUsage]) => keyUsage);
  const [usage] = usages;
  if (usage === undefined) {
    throw unsupported(`The attributes of this key allow no usage of ${keySpec}.`);
  }
  if (wanted !== undefined) {
    if (usages.includes(wanted)) return { keySpec, keyUsage: wanted };
    throw unsupported(`The attributes of this key allow ${usages.join(' and ')}, not ${wanted}.`);
  }
  if (usages.length > 1) {
    throw unsupported(
      `The attributes of this key allow ${usages.join(' and ')}: specify KeyUsage.`,
    );
  }
  return { keySpec, keyUsage: usage };
}

function publicKeyOf({ objectClass, publicKey }: KeyReport): Buffer | undefined {
  if (objectClass === 'secret') return undefined;
  if (publicKey) return subjectPublicKeyInfo(publicKey);
  throw unsupported(
    'The public half of this key cannot be read: the token must have one public object with its CKA_ID, and RSA keys the exponent 65537.',
  );
}
