import type { KeyClass } from '../protocol/key-objects.js';
import {
  CK,
  type Handle,
  handleToNumber,
  type Library,
  readAttribute,
  type Template,
  ulong,
} from './pkcs11.js';
import type { ObjectEntry } from './thread-messages.js';

/** Handles asked for by one C_FindObjects. */
const FIND_BATCH = 256;

const CLASSES: readonly (readonly [number, KeyClass])[] = [
  [CK.CKO_SECRET_KEY, 'secret'],
  [CK.CKO_PRIVATE_KEY, 'private'],
  [CK.CKO_PUBLIC_KEY, 'public'],
];

const CLASS_NAMES: ReadonlyMap<number, KeyClass> = new Map(CLASSES);

/** Our CKA_IDs are printable ASCII; other tools' binary ones are not ours to use. */
const CKA_ID = /^[\x21-\x7e]{1,255}$/;

/** The CKA_ID of an object as bytes. Throws RangeError when it is not printable ASCII. */
export function ckaIdBytes(ckaId: string): Buffer {
  if (!CKA_ID.test(ckaId)) throw new RangeError('A CKA_ID is 1 to 255 printable ASCII characters');
  return Buffer.from(ckaId, 'latin1');
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

/** One key object, or undefined for an object that is no key or whose CKA_ID is not ours. */
export function readEntry(
  library: Library,
  session: Handle,
  object: Handle,
): ObjectEntry | undefined {
  // One by one: a call for several fails when the token withholds any of them.
  const read = (type: number): Buffer | undefined => readAttribute(library, session, object, type);
  const ckaClass = read(CK.CKA_CLASS);
  const objectClass = ckaClass === undefined ? undefined : CLASS_NAMES.get(ulong(ckaClass));
  const ckaId = read(CK.CKA_ID)?.toString('latin1');
  if (objectClass === undefined || ckaId === undefined || !CKA_ID.test(ckaId)) return undefined;
  const keyType = read(CK.CKA_KEY_TYPE);
  return {
    ckaId,
    label: read(CK.CKA_LABEL)?.toString('utf8') ?? '',
    objectClass,
    keyType: keyType === undefined ? undefined : ulong(keyType),
    handle: handleToNumber(object),
  };
}

/** Every key object of the token. Takes about a second for ten thousand of them. */
export function listEntries(library: Library, session: Handle): ObjectEntry[] {
  const entries: ObjectEntry[] = [];
  for (const [ckaClass] of CLASSES) {
    for (const object of findObjects(library, session, [{ type: CK.CKA_CLASS, value: ckaClass }])) {
      const entry = readEntry(library, session, object);
      if (entry !== undefined) entries.push(entry);
    }
  }
  return entries;
}
