import type { ObjectRow } from '../protocol/key-objects.js';
import type { KeyIdentity, KeyOrder } from '../protocol/key-order.js';
import { TokenHostError } from '../protocol/token-error.js';
import type { ManagementContext } from './context.js';
import { generationOf, importTemplate } from './key-templates.js';
import { readEntry } from './object-list.js';
import { byCkaId, destroyObject, isGuarded } from './token-objects.js';

/**
 * C_CreateObject (PKCS#11 v2.40 §5.7) of a secret key whose value is known, else like one that is
 * generated. Throws the library's error, or TokenHostError `unsafe-object` after destroying a key that
 * could leave the token.
 */
export function createKnownKey(
  context: ManagementContext,
  order: KeyOrder,
  identity: KeyIdentity,
  value: Buffer,
): readonly ObjectRow[] {
  const { library, session, vendor } = context;
  if (context.again) {
    for (const object of byCkaId(context, identity.ckaId)) destroyObject(context, object);
  }
  const key = library.C_CreateObject(session, importTemplate(order, vendor, value, identity));
  const entry = readEntry(library, session, key);
  if (entry !== undefined && isGuarded(context, key)) return [entry];
  destroyObject(context, key);
  throw new TokenHostError('unsafe-object', 'The token took in a key that could leave it');
}

/**
 * What C_GetMechanismInfo says of the sizes of such keys, in the unit of the mechanism: for RSA, bits.
 * Throws the library's error.
 */
export function keySizes(
  { library, slot }: ManagementContext,
  order: KeyOrder,
): readonly [least: number, most: number] {
  const { generation } = generationOf(order);
  const { minKeySize, maxKeySize } = library.C_GetMechanismInfo(slot, generation);
  return [minKeySize, maxKeySize];
}
