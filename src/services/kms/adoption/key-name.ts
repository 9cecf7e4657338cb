/** How a key of a token is named in a request: by CKA_ID, by label, or by a URI (RFC 7512). */
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
  if (!uri.startsWith('pkcs11:')) throw badUri('it does not begin with pkcs11:');
  const found = new Map<string, Buffer>();
  for (const part of uri.slice('pkcs11:'.length).split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(0, at));
    if (at < 1 || found.has(name)) throw badUri('an attribute has no value, or is there twice');
    if (!['id', 'object', 'type'].includes(name)) {
      throw badUri('it may have the attributes id, object and type only');
    }
    found.set(name, octetsOf(part.slice(at + 1)));
  }
  const [id, object, type] = [found.get('id'), found.get('object'), found.get('type')];
  if (type && !KEY_TYPES.includes(type.toString('latin1'))) {
    throw badUri('its type must be private or secret-key');
  }
  if (!id?.length && !object?.length) throw badUri('it names neither id nor object');
  return {
    ...(id?.length && { ckaId: ckaIdOf(id) }),
    ...(object?.length && { label: object.toString('utf8') }),
  };
}

/** RFC 7512 §2.3: what may stand for itself, and percent-encoded octets. */
const VALUE = /^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*$/;

function octetsOf(value: string): Buffer {
  if (!VALUE.test(value)) throw badUri('a value has a character that must be percent-encoded');
  const octets = value.replaceAll(/%(..)/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(octets, 'latin1');
}

function badUri(why: string) {
  return refuse.validation(`ObjectUri is not a URI (RFC 7512) that names a key: ${why}.`);
}
