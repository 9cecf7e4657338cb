/** The token's objects as the server knows them: by CKA_ID. */
import { integer, oneOf, perhaps, record, type Shape, text } from './shapes.js';

/** The classes of object that the host keeps track of. */
export type KeyClass = 'secret' | 'private' | 'public';

/** One key object of the token. */
export interface ObjectInfo {
  /** CKA_LABEL, empty when the object has none. */
  readonly label: string;
  readonly objectClass: KeyClass;
  /** CKA_KEY_TYPE (CKK_…); undefined when the token does not say. */
  readonly keyType: number | undefined;
}

/** An object with its CKA_ID, as it crosses the socket; its handle, eight octets, is good for this host. */
export type ObjectRow = readonly [
  ckaId: string,
  label: string,
  objectClass: KeyClass,
  keyType: number | undefined,
  handle: Buffer,
];

export const keyClass: Shape<KeyClass> = oneOf('secret', 'private', 'public');

export const objectInfo: Shape<ObjectInfo> = record({
  label: text,
  objectClass: keyClass,
  keyType: perhaps(integer),
});
