import type { KeyClass, ObjectRow } from '../protocol/key-objects.js';
import { OBJECTS_PER_PAGE } from '../protocol/protocol.js';
import {
  CK,
  type Handle,
  type Library,
  readAttributes,
  returnValue,
  type Template,
  ulong,
} from './pkcs11.js';

/** Handles asked for by one C_FindObjects. */
const FIND_BATCH = 256;

const CLASSES: readonly (readonly [number, KeyClass])[] = [
  [CK.CKO_SECRET_KEY, 'secret'],
  [CK.CKO_PRIVATE_KEY, 'private'],
  [CK.CKO_PUBLIC_KEY, 'public'],
];

const CLASS_NAMES: ReadonlyMap<number, KeyClass> = new Map(CLASSES);

/** CKA_IDs as text: printable ASCII is shown as it is, as ours are; anything else as `hex:…`. */
const PRINTABLE = /^[\x21-\x7e]{1,255}$/;
const HEX_FORM = /^hex:((?:[0-9a-f]{2}){1,255})$/;

/** The CKA_ID of an object as bytes. Throws RangeError when it is neither of the two forms. */
export function ckaIdBytes(ckaId: string): Buffer {
  const hex = HEX_FORM.exec(ckaId)?.[1];
  if (hex !== undefined) return Buffer.from(hex, 'hex');
  if (PRINTABLE.test(ckaId) && !ckaId.startsWith('hex:')) return Buffer.from(ckaId, 'latin1');
  throw new RangeError('A CKA_ID is 1 to 255 printable ASCII characters, or hex: and its octets');
}

/** The reverse: no two CKA_IDs have one text. Undefined for one of no octets, or of too many. */
export function ckaIdText(id: Buffer): string | undefined {
  if (id.length === 0 || id.length > 255) return undefined;
  const text = id.toString('latin1');
  return PRINTABLE.test(text) && !text.startsWith('hex:') ? text : `hex:${id.toString('hex')}`;
}

/** Every token object that matches, by one search. Management thread only. */
export function findObjects(library: Library, session: Handle, template: Template): Handle[] {
  const found: Handle[] = [];
  library.C_FindObjectsInit(session, [{ type: CK.CKA_TOKEN, value: true }, ...template]);
  for (;;) {
    const batch = library.C_FindObjects(session, FIND_BATCH);
    if (batch.length === 0) break;
    found.push(...batch);
  }
  library.C_FindObjectsFinal(session);
  return found;
}

const LISTED = [CK.CKA_CLASS, CK.CKA_ID, CK.CKA_LABEL, CK.CKA_KEY_TYPE] as const;

/** One key object, or undefined for an object that is no key or has no CKA_ID. */
export function readEntry(
  library: Library,
  session: Handle,
  object: Handle,
): ObjectRow | undefined {
  const [ckaClass, id, label, keyType] = readAttributes(library, session, object, LISTED);
  const objectClass = ckaClass && CLASS_NAMES.get(ulong(ckaClass));
  const ckaId = id && ckaIdText(id);
  if (objectClass === undefined || ckaId === undefined) return undefined;
  return [ckaId, label?.toString('utf8') ?? '', objectClass, keyType && ulong(keyType), object];
}

/**
 * Every key object of the token, in pieces, so that other calls can run between two of them. What is
 * destroyed meanwhile is left out.
 */
export function* objectPages(
  library: Library,
  session: Handle,
): Generator<readonly ObjectRow[], void> {
  const objects = findObjects(library, session, []);
  for (let at = 0; at < objects.length; at += OBJECTS_PER_PAGE) {
    yield objects.slice(at, at + OBJECTS_PER_PAGE).flatMap((object) => {
      const entry = entryIfThere(library, session, object);
      return entry === undefined ? [] : [entry];
    });
  }
}

function entryIfThere(library: Library, session: Handle, object: Handle): ObjectRow | undefined {
  try {
    return readEntry(library, session, object);
  } catch (error) {
    if (returnValue(error) === CK.CKR_OBJECT_HANDLE_INVALID) return undefined;
    throw error;
  }
}
