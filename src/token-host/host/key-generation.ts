import type { PublicJwk } from '../../crypto/public-jwk.js';
import type { ObjectRow } from '../protocol/key-objects.js';
import type { KeyIdentity, KeyOrder } from '../protocol/key-order.js';
import { TokenHostError } from '../protocol/token-error.js';
import type { ManagementContext, SessionContext } from './context.js';
import { generationOf, type KeyPlace, pairTemplates, secretTemplate } from './key-templates.js';
import { readEntry } from './object-list.js';
import { CK, type Handle, readAttribute } from './pkcs11.js';
import { readPublicKey } from './public-objects.js';
import { byCkaId, destroyObject } from './token-objects.js';

/** A secret key, or the two halves of a pair. */
interface KeyHandles {
  readonly key: Handle;
  readonly publicKey: Handle | undefined;
}

/** A key as it was made and checked. */
export interface GeneratedKey {
  readonly entries: readonly ObjectRow[];
  readonly publicKey: PublicJwk | undefined;
}

/** C_GenerateKey or C_GenerateKeyPair. */
export function generate(
  { library, session, vendor }: SessionContext,
  order: KeyOrder,
  place?: KeyPlace,
): KeyHandles {
  const { generation, pair } = generationOf(order);
  const mechanism = { mechanism: generation };
  if (!pair) {
    const template = secretTemplate(order, vendor, place);
    return { key: library.C_GenerateKey(session, mechanism, template), publicKey: undefined };
  }
  const templates = pairTemplates(order, vendor, place);
  const made = library.C_GenerateKeyPair(
    session,
    mechanism,
    templates.publicKey,
    templates.privateKey,
  );
  return { key: made.privateKey, publicKey: made.publicKey };
}

/**
 * Makes a token key, or takes up what an earlier attempt at the same call made, and reads back what
 * matters. Throws TokenHostError `unsafe-object` after destroying a key that is not as ordered.
 */
export function generateTokenKey(
  context: ManagementContext,
  order: KeyOrder,
  identity: KeyIdentity,
): GeneratedKey {
  const handles =
    earlierAttempt(context, order, identity.ckaId) ?? generate(context, order, identity);
  try {
    return accept(context, order, handles);
  } catch (error) {
    if (error instanceof TokenHostError) {
      for (const object of byCkaId(context, identity.ckaId)) destroyObject(context, object);
    }
    throw error;
  }
}

/** An attempt that failed may have made the key all the same; making another would orphan it. */
function earlierAttempt(
  context: ManagementContext,
  order: KeyOrder,
  ckaId: string,
): KeyHandles | undefined {
  if (!context.again) return undefined;
  const found = byCkaId(context, ckaId);
  const ofClass = (wanted: number): Handle[] =>
    found.filter((object) => {
      const value = readAttribute(context.library, context.session, object, CK.CKA_CLASS);
      return value?.readBigUInt64LE() === BigInt(wanted);
    });
  const { pair } = generationOf(order);
  const keys = ofClass(pair ? CK.CKO_PRIVATE_KEY : CK.CKO_SECRET_KEY);
  const publicKeys = ofClass(CK.CKO_PUBLIC_KEY);
  const [key] = keys;
  const [publicKey] = publicKeys;
  if (key !== undefined && keys.length === 1 && publicKeys.length === (pair ? 1 : 0)) {
    return { key, publicKey };
  }
  // Half a pair is worth nothing.
  for (const object of found) destroyObject(context, object);
  return undefined;
}

/** What a key must say of itself. The last two may be withheld, but not be wrong. */
const SAFE_ATTRIBUTES: readonly { type: number; wanted: number; optional: boolean }[] = [
  { type: CK.CKA_SENSITIVE, wanted: 1, optional: false },
  { type: CK.CKA_EXTRACTABLE, wanted: 0, optional: false },
  { type: CK.CKA_NEVER_EXTRACTABLE, wanted: 1, optional: true },
  { type: CK.CKA_ALWAYS_SENSITIVE, wanted: 1, optional: true },
];

function accept(context: ManagementContext, order: KeyOrder, handles: KeyHandles): GeneratedKey {
  const { library, session } = context;
  const { key, publicKey } = handles;
  const objects = publicKey === undefined ? [key] : [key, publicKey];
  const entries = objects.map((object) => readEntry(library, session, object));
  if (!isSafe(context, key) || !entries.every((entry) => entry !== undefined)) {
    throw new TokenHostError(
      'unsafe-object',
      'The token made a key that is not sensitive or could leave it; the key was destroyed',
    );
  }
  const jwk =
    publicKey === undefined ? undefined : readPublicKey(library, session, order, publicKey);
  return { entries, publicKey: jwk };
}

function isSafe({ library, session }: ManagementContext, key: Handle): boolean {
  return SAFE_ATTRIBUTES.every(({ type, wanted, optional }) => {
    const value = readAttribute(library, session, key, type)?.[0];
    return value === undefined ? optional : value === wanted;
  });
}
