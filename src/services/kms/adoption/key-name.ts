/** How a key of a token is named in a request: by CKA_ID, by label, or by a URI (RFC 7512). */
import { Pkcs11UriError, parsePkcs11Uri, textOf } from '../../../kernel/pkcs11-uri.js';
import type { KeyName } from '../../../keystores/contract/adoption.js';
import { refuse } from '../refusals.js';

export interface KeyNameMembers {
  /** CKA_ID in hexadecimal. */
  readonly ObjectId?: string;
  readonly ObjectLabel?: string;
  readonly ObjectUri?: string;
}

/** @throws ServiceError ValidationException unless it is named in one way, and well */
export function keyNameOf({ ObjectId, ObjectLabel, ObjectUri }: KeyNameMembers): KeyName {
  if (ObjectUri === undefined) {
    if (ObjectId === undefined && ObjectLabel === undefined) {
      throw refuse.validation('Specify ObjectId, ObjectLabel or ObjectUri.');
    }
    return {
      ...(ObjectId !== undefined && { ckaId: ckaIdOf(Buffer.from(ObjectId, 'hex')) }),
      ...(ObjectLabel !== undefined && { label: ObjectLabel }),
    };
  }
  if (ObjectId !== undefined || ObjectLabel !== undefined) {
    throw refuse.validation('Specify ObjectUri without ObjectId and ObjectLabel.');
  }
  return readUri(ObjectUri);
}

const PRINTABLE = /^[\x21-\x7e]+$/;

/** The form in which token hosts name CKA_IDs. */
function ckaIdOf(id: Buffer): string {
  const text = id.toString('latin1');
  return PRINTABLE.test(text) && !text.startsWith('hex:') ? text : `hex:${id.toString('hex')}`;
}

/** Types that name a key and not its public half, or something else. */
const KEY_TYPES = ['private', 'secret-key'];

/** The attributes of the path that name an object; the token is the custom key store's. */
function readUri(uri: string): KeyName {
  const { path, query } = worded(() => parsePkcs11Uri(uri));
  const foreign = [...path.keys()].some((name) => !['id', 'object', 'type'].includes(name));
  if (foreign || query.size > 0)
    throw badUri('it may have the attributes id, object and type only');
  const [id, object, type] = [path.get('id'), path.get('object'), path.get('type')];
  if (type && !KEY_TYPES.includes(type.toString('latin1'))) {
    throw badUri('its type must be private or secret-key');
  }
  if (!id?.length && !object?.length) throw badUri('it names neither id nor object');
  return {
    ...(id?.length && { ckaId: ckaIdOf(id) }),
    ...(object?.length && { label: worded(() => textOf(object)) }),
  };
}

function worded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Pkcs11UriError ? badUri(error.message) : error;
  }
}

function badUri(why: string) {
  return refuse.validation(`ObjectUri is not a URI (RFC 7512) that names a key: ${why}.`);
}
