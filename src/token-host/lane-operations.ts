import { packBody, unpackBody } from './frames.js';
import { ckaIdBytes, findObjects, readEntry } from './object-list.js';
import {
  CK,
  type Handle,
  type Library,
  readAttribute,
  returnValue,
  type Template,
} from './pkcs11.js';
import type { OPERATIONS, OperationName } from './protocol.js';
import type { ObjectEntry, ObjectsChange } from './thread-messages.js';
import { TokenError, TokenHostError } from './token-error.js';
import type { VendorProfile } from './vendors/vendor.js';

/** What a management operation works with. */
export interface LaneContext {
  readonly library: Library;
  readonly session: Handle;
  readonly vendor: VendorProfile;
  /** True when an earlier attempt at this very call failed, its effect unknown. */
  readonly again: boolean;
  /** Whether the session still sees private objects. */
  readonly isLoggedIn: () => boolean;
}

/** The packed answer, and how the set of objects changed. */
export interface LaneResult {
  readonly value: Uint8Array;
  readonly objects?: ObjectsChange;
}

export type LaneOperation = (context: LaneContext, args: Uint8Array) => LaneResult;

type LaneOperationName = {
  [Name in OperationName]: (typeof OPERATIONS)[Name]['runs'] extends 'lane' ? Name : never;
}[OperationName];

const AES_KEY_BYTES = 32;

function byCkaId(context: LaneContext, ckaId: string): Handle[] {
  const template = [{ type: CK.CKA_ID, value: ckaIdBytes(ckaId) }];
  const found = findObjects(context.library, context.session, template);
  // A session that lost its login sees no private object. That is not the same as there being none.
  if (found.length === 0 && !context.isLoggedIn()) throw TokenError.of('CKR_USER_NOT_LOGGED_IN');
  return found;
}

function aesTemplate(vendor: VendorProfile, ckaId: string, label: string): Template {
  return [
    { type: CK.CKA_CLASS, value: CK.CKO_SECRET_KEY },
    { type: CK.CKA_KEY_TYPE, value: CK.CKK_AES },
    { type: CK.CKA_VALUE_LEN, value: AES_KEY_BYTES },
    { type: CK.CKA_ID, value: ckaIdBytes(ckaId) },
    { type: CK.CKA_LABEL, value: Buffer.from(label, 'utf8') },
    { type: CK.CKA_TOKEN, value: true },
    { type: CK.CKA_PRIVATE, value: true },
    { type: CK.CKA_SENSITIVE, value: true },
    { type: CK.CKA_EXTRACTABLE, value: false },
    { type: CK.CKA_ENCRYPT, value: true },
    { type: CK.CKA_DECRYPT, value: true },
    // Said explicitly, because libraries default some of these to true.
    { type: CK.CKA_WRAP, value: false },
    { type: CK.CKA_UNWRAP, value: false },
    { type: CK.CKA_SIGN, value: false },
    { type: CK.CKA_VERIFY, value: false },
    { type: CK.CKA_DERIVE, value: false },
    ...vendor.extraAttributes.map(({ type, value }) => ({ type, value })),
  ];
}

/** What a key must say of itself. The last two may be withheld, but not be wrong. */
const SAFE_ATTRIBUTES: readonly { type: number; wanted: number; optional: boolean }[] = [
  { type: CK.CKA_SENSITIVE, wanted: 1, optional: false },
  { type: CK.CKA_EXTRACTABLE, wanted: 0, optional: false },
  { type: CK.CKA_NEVER_EXTRACTABLE, wanted: 1, optional: true },
  { type: CK.CKA_ALWAYS_SENSITIVE, wanted: 1, optional: true },
];

function isSafe({ library, session }: LaneContext, key: Handle): boolean {
  return SAFE_ATTRIBUTES.every(({ type, wanted, optional }) => {
    const value = readAttribute(library, session, key, type)?.[0];
    return value === undefined ? optional : value === wanted;
  });
}

function destroy({ library, session }: LaneContext, object: Handle): void {
  try {
    library.C_DestroyObject(session, object);
  } catch (error) {
    // Somebody else destroyed it between the search and now.
    if (returnValue(error) !== CK.CKR_OBJECT_HANDLE_INVALID) throw error;
  }
}

/** Keeps a key that is as it was ordered, destroys one that is not. */
function accept(context: LaneContext, key: Handle): ObjectEntry {
  const entry = readEntry(context.library, context.session, key);
  if (entry !== undefined && isSafe(context, key)) return entry;
  destroy(context, key);
  throw new TokenHostError(
    'unsafe-object',
    'The token made a key that is not sensitive or could leave it; the key was destroyed',
  );
}

/** The operations of the management lane. A new one is a row here and one in `OPERATIONS`. */
export const LANE_OPERATIONS: Readonly<Record<LaneOperationName, LaneOperation>> = {
  generateAesKey(context, args) {
    const [ckaId, label] = unpackBody(args) as [string, string];
    // An attempt that failed may have made the key all the same; making another would orphan it.
    const existing = context.again ? byCkaId(context, ckaId)[0] : undefined;
    const mechanism = { mechanism: CK.CKM_AES_KEY_GEN };
    const template = aesTemplate(context.vendor, ckaId, label);
    const key = existing ?? context.library.C_GenerateKey(context.session, mechanism, template);
    const entry = accept(context, key);
    return { value: packBody(null), objects: { reset: false, removed: [ckaId], added: [entry] } };
  },

  destroyObject(context, args) {
    const ckaId = unpackBody(args) as string;
    const found = byCkaId(context, ckaId);
    for (const object of found) destroy(context, object);
    return {
      // An earlier attempt may have destroyed it: then there is nothing left to find.
      value: packBody(found.length > 0 || context.again),
      objects: { reset: false, removed: [ckaId], added: [] },
    };
  },

  findObject(context, args) {
    const ckaId = unpackBody(args) as string;
    const entries = byCkaId(context, ckaId)
      .map((object) => readEntry(context.library, context.session, object))
      .filter((entry) => entry !== undefined);
    const objects = { reset: false, removed: [ckaId], added: entries };
    // Of a key pair the private half is what counts.
    const entry = entries.find((each) => each.objectClass !== 'public') ?? entries[0];
    if (entry === undefined) return { value: packBody(null), objects };
    return { value: packBody([entry.label, entry.objectClass, entry.keyType ?? null]), objects };
  },
};

/** The function of an operation. Throws TypeError for one that does not run on the lane. */
export function laneOperation(name: OperationName): LaneOperation {
  const table: Partial<Record<OperationName, LaneOperation>> = LANE_OPERATIONS;
  const operation = table[name];
  if (operation === undefined) throw new TypeError(`${name} does not run on the management lane`);
  return operation;
}
