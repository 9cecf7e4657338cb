import type { ObjectRow } from '../protocol/key-objects.js';
import type { UnwrapOrder } from '../protocol/token-calls.js';
import { TokenHostError } from '../protocol/token-error.js';
import type { ManagementContext } from './context.js';
import { unwrappedTemplate } from './key-templates.js';
import { oaep } from './mechanisms.js';
import { readEntry } from './object-list.js';
import { CK, type Handle, readAttribute, ulong } from './pkcs11.js';
import { byCkaId, destroyObject, isGuarded } from './token-objects.js';

export interface UnwrappedKey {
  /** The secret's length, where the token says it. */
  readonly bytes: number | undefined;
  readonly entries: readonly ObjectRow[];
}

/**
 * C_UnwrapKey (PKCS#11 v2.40 §5.13): the secret is an object of the token and never outside it.
 * `wrapping` is the CKA_ID of the pair that it was encrypted for. Without an identity: a session object, destroyed at once, to see whether the token can do it.
 * @throws TokenHostError `no-such-key`, `unsafe-object` after destroying a key that could leave
 */
export function unwrapKey(
  context: ManagementContext,
  wrapping: string,
  { hash, wrapped, order, identity }: UnwrapOrder,
): UnwrappedKey {
  const { library, session, vendor } = context;
  if (context.again && identity) {
    for (const object of byCkaId(context, identity.ckaId)) destroyObject(context, object);
  }
  const privateKey = privateHalf(context, wrapping);
  const template = unwrappedTemplate(order, vendor, identity);
  const key = library.C_UnwrapKey(session, oaep(hash, vendor), privateKey, wrapped, template);
  try {
    // A session object has no CKA_ID by which it would be listed.
    const entry = identity && readEntry(library, session, key);
    if (!isGuarded(context, key) || (identity && !entry)) {
      throw new TokenHostError('unsafe-object', 'The token unwrapped a key that could leave it');
    }
    const length = readAttribute(library, session, key, CK.CKA_VALUE_LEN);
    const bytes = length === undefined ? 0 : ulong(length);
    if (!identity) library.C_DestroyObject(session, key);
    return { bytes: bytes > 0 ? bytes : undefined, entries: entry ? [entry] : [] };
  } catch (error) {
    library.C_DestroyObject(session, key);
    throw error;
  }
}

function privateHalf(context: ManagementContext, ckaId: string): Handle {
  const found = byCkaId(context, ckaId).find((object) => {
    const value = readAttribute(context.library, context.session, object, CK.CKA_CLASS);
    return value !== undefined && ulong(value) === CK.CKO_PRIVATE_KEY;
  });
  if (!found) throw new TokenHostError('no-such-key', 'The wrapping key is not in the token');
  return found;
}
