import type { HashName } from '../../crypto/algorithms.js';
import { packBody, unpackBody } from '../protocol/frames.js';
import type { KeyOrder } from '../protocol/key-order.js';
import type { OPERATIONS, OperationName } from '../protocol/protocol.js';
import type { LaneContext } from './context.js';
import { generateTokenKey } from './key-generation.js';
import { readEntry } from './object-list.js';
import { probe } from './probe.js';
import type { ObjectsChange } from './thread-messages.js';
import { byCkaId, destroyObject } from './token-objects.js';
import { unwrapKey } from './unwrapping.js';

type UnwrapArguments = [
  wrapping: string,
  hash: HashName,
  wrapped: Uint8Array,
  identity: [ckaId: string, label: string] | null,
  order: KeyOrder,
];

/** The packed answer, and how the set of objects changed. */
export interface LaneResult {
  readonly value: Uint8Array;
  readonly objects?: ObjectsChange;
}

export type LaneOperation = (context: LaneContext, args: Uint8Array) => LaneResult;

type LaneOperationName = {
  [Name in OperationName]: (typeof OPERATIONS)[Name]['runs'] extends 'lane' ? Name : never;
}[OperationName];

/** The operations of the management lane. A new one is a row here and one in `OPERATIONS`. */
export const LANE_OPERATIONS: Readonly<Record<LaneOperationName, LaneOperation>> = {
  generateKey(context, args) {
    const [ckaId, label, order] = unpackBody(args) as [string, string, KeyOrder];
    const { entries, publicKey } = generateTokenKey(context, order, { ckaId, label });
    return {
      value: packBody(publicKey ?? null),
      objects: { reset: false, removed: [ckaId], added: entries },
    };
  },

  unwrapKey(context, args) {
    const [wrapping, hash, wrapped, identity, order] = unpackBody(args) as UnwrapArguments;
    const { bytes, entries } = unwrapKey(
      context,
      { wrapping, hash, wrapped: Buffer.from(wrapped) },
      order,
      identity === null ? undefined : { ckaId: identity[0], label: identity[1] },
    );
    const value = packBody(bytes ?? null);
    if (identity === null) return { value };
    return { value, objects: { reset: false, removed: [identity[0]], added: entries } };
  },

  destroyObject(context, args) {
    const ckaId = unpackBody(args) as string;
    const found = byCkaId(context, ckaId);
    for (const object of found) destroyObject(context, object);
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

  probe(context, args) {
    return { value: packBody(probe(context, unpackBody(args) as Parameters<typeof probe>[1])) };
  },
};

/** The function of an operation. Throws TypeError for one that does not run on the lane. */
export function laneOperation(name: OperationName): LaneOperation {
  const table: Partial<Record<OperationName, LaneOperation>> = LANE_OPERATIONS;
  const operation = table[name];
  if (operation === undefined) throw new TypeError(`${name} does not run on the management lane`);
  return operation;
}
