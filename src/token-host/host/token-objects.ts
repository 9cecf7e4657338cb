import { TokenError } from '../protocol/token-error.js';
import type { ManagementContext } from './context.js';
import { ckaIdBytes, findObjects } from './object-list.js';
import { CK, type Handle, readAttribute, returnValue } from './pkcs11.js';

/** Every token object with this CKA_ID. Throws CKR_USER_NOT_LOGGED_IN when some may be hidden. */
export function byCkaId(context: ManagementContext, ckaId: string): Handle[] {
  const template = [{ type: CK.CKA_ID, value: ckaIdBytes(ckaId) }];
  const found = findObjects(context.library, context.session, template);
  // A session that lost its login sees no private object. That is not the same as there being none.
  if (!context.isLoggedIn()) throw TokenError.of('CKR_USER_NOT_LOGGED_IN');
  return found;
}

/** C_DestroyObject; an object that is gone already is as good. */
export function destroyObject({ library, session }: ManagementContext, object: Handle): void {
  try {
    library.C_DestroyObject(session, object);
  } catch (error) {
    // Somebody else destroyed it between the search and now.
    if (returnValue(error) !== CK.CKR_OBJECT_HANDLE_INVALID) throw error;
  }
}

/**
 * Whether a key can't leave the token from now on. What was outside before is, by definition, not
 * CKA_ALWAYS_SENSITIVE.
 */
export function isGuarded({ library, session }: ManagementContext, key: Handle): boolean {
  const flag = (type: number) => readAttribute(library, session, key, type)?.[0];
  return flag(CK.CKA_SENSITIVE) === 1 && flag(CK.CKA_EXTRACTABLE) === 0;
}
