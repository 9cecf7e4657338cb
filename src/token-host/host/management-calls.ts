import { unpackArguments } from '../protocol/call-packing.js';
import { packBody } from '../protocol/frames.js';
import type { ObjectRow } from '../protocol/key-objects.js';
import type { ArgumentsOf, ManagementCallName, ResultOf } from '../protocol/token-calls.js';
import { TokenError } from '../protocol/token-error.js';
import type { ManagementContext } from './context.js';
import { examineKey, trySessions } from './key-examination.js';
import { generateTokenKey } from './key-generation.js';
import { reportKeys } from './key-report.js';
import { generationOf } from './key-templates.js';
import { createKnownKey, keySizes } from './known-keys.js';
import { readEntry } from './object-list.js';
import type { Handle } from './pkcs11.js';
import { managementSessions } from './session.js';
import { byCkaId, destroyObject } from './token-objects.js';
import { unwrapKey } from './unwrapping.js';
import { generateWrapped, unwrap } from './wrapping.js';

/** All the objects that now have a CKA_ID. */
export interface ObjectsNow {
  readonly ckaId: string;
  readonly rows: readonly ObjectRow[];
}

/** The answer, and how the set of objects changed. */
interface ManagementResult<Result> {
  readonly result: Result;
  readonly objects?: ObjectsNow;
}

/** Runs on the management thread. `ckaId` is empty for a call that has none. */
type ManagementHandler<Name extends ManagementCallName> = (
  context: ManagementContext,
  ckaId: string,
  args: ArgumentsOf<Name>,
) => ManagementResult<ResultOf<Name>>;

export type ManagementHandlers = {
  readonly [Name in ManagementCallName]: ManagementHandler<Name>;
};

/** The handler of every call of `TOKEN_CALLS` that the management thread runs. */
export const MANAGEMENT_CALLS: ManagementHandlers = {
  generateKey(context, ckaId, { label, order }) {
    refuseReadOnly(context);
    const { entries, publicKey } = generateTokenKey(context, order, { ckaId, label });
    return { result: publicKey, objects: { ckaId, rows: entries } };
  },

  createKey(context, ckaId, { label, order, value }) {
    refuseReadOnly(context);
    const rows = createKnownKey(context, order, { ckaId, label }, value);
    return { result: undefined, objects: { ckaId, rows } };
  },

  unwrapKey(context, ckaId, args) {
    if (args.identity) refuseReadOnly(context);
    const { bytes, entries } = unwrapKey(context, ckaId, args);
    const { identity } = args;
    return {
      result: bytes,
      ...(identity && { objects: { ckaId: identity.ckaId, rows: entries } }),
    };
  },

  destroyObject(context, ckaId) {
    // A certificate may have the CKA_ID of a key that was adopted.
    const found = byCkaId(context, ckaId).filter((object) => isKey(context, object));
    for (const object of found) destroyObject(context, object);
    // An earlier attempt may have destroyed it: then there is nothing left to find.
    return { result: found.length > 0 || context.again, objects: { ckaId, rows: [] } };
  },

  findObject(context, ckaId) {
    const rows = byCkaId(context, ckaId)
      .map((object) => readEntry(context.library, context.session, object))
      .filter((row) => row !== undefined);
    // Of a key pair the private half is what counts.
    const row = rows.find(([, , objectClass]) => objectClass !== 'public') ?? rows[0];
    const result = row && { label: row[1], objectClass: row[2], keyType: row[3] };
    return { result, objects: { ckaId, rows } };
  },

  generateWrapped: (context, _ckaId, order) => ({ result: generateWrapped(context, order) }),

  loadKey(context, ckaId, key) {
    const handle = unwrap(context, key, context.keySession());
    const { order } = key;
    const objectClass = generationOf(order).pair ? 'private' : 'secret';
    return {
      result: undefined,
      objects: { ckaId, rows: [[ckaId, '', objectClass, undefined, handle]] },
    };
  },

  unloadKey(context, ckaId, { handle }) {
    destroyObject(context, handle);
    return { result: undefined, objects: { ckaId, rows: [] } };
  },
  reportKeys: (context, _ckaId, search) => ({ result: reportKeys(context, search) }),

  examineKey: (context, ckaId, order) => ({ result: examineKey(context, ckaId, order) }),

  trySessions: (context, _ckaId, { most }) => ({ result: trySessions(context, most) }),

  // Whoever runs a call here has logged in before.
  logIn: () => ({ result: undefined }),

  keySizes: (context, _ckaId, { order }) => ({ result: keySizes(context, order) }),
};

/** As a library has to answer, but not every one may: it must make no key that ends with the session. */
function refuseReadOnly({ vendor }: ManagementContext): void {
  if (managementSessions(vendor) === 'read-only') throw TokenError.of('CKR_SESSION_READ_ONLY');
}

function isKey({ library, session }: ManagementContext, object: Handle): boolean {
  return readEntry(library, session, object) !== undefined;
}

/** Runs a call and packs its result. Throws the library's error, FrameError or ShapeError. */
export function runManagementCall<Name extends ManagementCallName>(
  name: Name,
  context: ManagementContext,
  ckaId: string,
  packed: Uint8Array,
): { readonly value: Uint8Array; readonly objects: ObjectsNow | undefined } {
  const args = unpackArguments(name, packed);
  const { result, objects } = MANAGEMENT_CALLS[name](context, ckaId, args);
  return { value: packBody(result), objects };
}
