import { unpackArguments } from '../protocol/call-packing.js';
import { packBody } from '../protocol/frames.js';
import type { ArgumentsOf, ManagementCallName, ResultOf } from '../protocol/token-calls.js';
import type { ManagementContext } from './context.js';
import { generateTokenKey } from './key-generation.js';
import { readEntry } from './object-list.js';
import { probe } from './probe.js';
import type { ObjectEntry, ObjectsChange } from './thread-messages.js';
import { byCkaId, destroyObject } from './token-objects.js';
import { unwrapKey } from './unwrapping.js';

/** The answer, and how the set of objects changed. */
interface ManagementResult<Result> {
  readonly result: Result;
  readonly objects?: ObjectsChange;
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
    const { entries, publicKey } = generateTokenKey(context, order, { ckaId, label });
    return { result: publicKey, objects: nowOf(ckaId, entries) };
  },

  unwrapKey(context, ckaId, args) {
    const { bytes, entries } = unwrapKey(context, ckaId, args);
    const { identity } = args;
    return { result: bytes, ...(identity && { objects: nowOf(identity.ckaId, entries) }) };
  },

  destroyObject(context, ckaId) {
    const found = byCkaId(context, ckaId);
    for (const object of found) destroyObject(context, object);
    // An earlier attempt may have destroyed it: then there is nothing left to find.
    return { result: found.length > 0 || context.again, objects: nowOf(ckaId, []) };
  },

  findObject(context, ckaId) {
    const entries = byCkaId(context, ckaId)
      .map((object) => readEntry(context.library, context.session, object))
      .filter((entry) => entry !== undefined);
    // Of a key pair the private half is what counts.
    const entry = entries.find((each) => each.objectClass !== 'public') ?? entries[0];
    const result = entry && {
      label: entry.label,
      objectClass: entry.objectClass,
      keyType: entry.keyType,
    };
    return { result, objects: nowOf(ckaId, entries) };
  },

  probe: (context, _ckaId, request) => ({ result: probe(context, request) }),
};

/** Runs a call and packs its result. Throws the library's error, FrameError or ShapeError. */
export function runManagementCall<Name extends ManagementCallName>(
  name: Name,
  context: ManagementContext,
  ckaId: string,
  packed: Uint8Array,
): { readonly value: Uint8Array; readonly objects: ObjectsChange | undefined } {
  const args = unpackArguments(name, packed);
  const { result, objects } = MANAGEMENT_CALLS[name](context, ckaId, args);
  return { value: packBody(result), objects };
}

/** These are all the objects with this CKA_ID. */
function nowOf(ckaId: string, entries: readonly ObjectEntry[]): ObjectsChange {
  return { reset: false, removed: [ckaId], added: entries };
}
