import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import { combinations, ownConformanceServer } from '../support/faces/conformance-server.js';
import { FACES, type FaceName } from '../support/faces/faces.js';
import { expectRefusal } from '../support/faces/refusals.js';
import {
  type KeyFact,
  type Outcome,
  outcomeOf,
  REFUSALS,
  type State,
} from '../support/operations/key-states.js';
import { isOnlySoftware, type KindName } from '../support/operations/operation-row.js';
import { keyRows } from '../support/operations/operation-rows.js';
import { type Place, Surroundings, type Wanted } from '../support/operations/surroundings.js';
import { SHARED_SETTINGS } from '../support/shared-server.js';

const server = ownConformanceServer(SHARED_SETTINGS);

type Row = (typeof keyRows)[number];

/** A column of AWS's table of key states, for one sort of key. */
interface Column {
  readonly state: State;
  readonly key?: Wanted['key'];
  readonly facts: readonly KeyFact[];
  readonly enter: (at: Surroundings) => Promise<unknown>;
}

const stay = async () => undefined;
const disable = ({ call, key: { id: KeyId } }: Surroundings) => call('DisableKey', { KeyId });
const scheduleDeletion = ({ call, key: { id: KeyId } }: Surroundings) =>
  call('ScheduleKeyDeletion', { KeyId });
const deleteMaterial = ({ call, key: { id: KeyId } }: Surroundings) =>
  call('DeleteImportedKeyMaterial', { KeyId });
const leaveAll = async (at: Surroundings) => {
  const KeyId = at.key.id;
  await disable(at);
  await at.call('EnableKey', { KeyId });
  await scheduleDeletion(at);
  await at.call('CancelKeyDeletion', { KeyId });
  await at.call('EnableKey', { KeyId });
};

const plain = { facts: ['material of KMS', 'no primary'] } as const;
const imported = { key: 'imported', facts: ['imported', 'no primary'] } as const;
const primary = { key: 'primary', facts: ['material of KMS'] } as const;

const PLAIN: readonly Column[] = [
  { ...plain, state: 'Enabled', enter: stay },
  { ...plain, state: 'Disabled', enter: disable },
  { ...plain, state: 'PendingDeletion', enter: scheduleDeletion },
];
const AGAIN: Column = { ...plain, state: 'Enabled', enter: leaveAll };
/** What only keys with imported material and multi-Region keys can be. */
const SPECIAL: readonly Column[] = [
  { ...imported, state: 'Enabled', enter: stay },
  { ...imported, state: 'Disabled', enter: disable },
  { ...imported, state: 'PendingDeletion', enter: scheduleDeletion },
  { ...imported, state: 'PendingImport', enter: deleteMaterial },
  { ...primary, state: 'Enabled', enter: stay },
  { ...primary, state: 'Disabled', enter: disable },
  { ...primary, state: 'PendingReplicaDeletion', enter: scheduleDeletion },
  {
    ...{ key: 'imported primary', facts: ['imported'] },
    ...{ state: 'PendingImport', enter: deleteMaterial },
  },
];
const AWAY = { state: 'Unavailable', facts: ['unavailable'] } as const;

/** A key in the state of a column, with the members of calls, made while it was enabled. */
interface Prepared {
  readonly at: Surroundings;
  readonly inputs: ReadonlyMap<Row, object>;
}

async function prepare(place: Place, { key }: Pick<Column, 'key'>, rows: readonly Row[]) {
  const at = await Surroundings.make(place, { kind: rows[0]?.kind, key });
  const inputs = new Map<Row, object>();
  for (const row of rows) inputs.set(row, await row.input(at.key.id, at));
  return { at, inputs };
}

async function enter(prepared: Prepared, { enter: go, state }: Column): Promise<Prepared> {
  await go(prepared.at);
  const { call, key } = prepared.at;
  const { KeyMetadata } = await call('DescribeKey', { KeyId: key.id });
  expect(KeyMetadata).toMatchObject({ KeyState: state, Enabled: state === 'Enabled' });
  return prepared;
}

const cellsOf = (rows: readonly Row[], column: Pick<Column, 'state' | 'facts'>) =>
  rows.map((row) => ({ row, title: row.title, outcome: outcomeOf(row, column) }));
type Cell = ReturnType<typeof cellsOf>[number];

/** A success that changes its key needs one of its own; all others of a kind have one together. */
const alone = ({ row, outcome }: Cell) => outcome === 'ok' && row.changes === true;

async function expectOutcome(face: FaceName, { at, inputs }: Prepared, cell: Cell) {
  const { row, outcome } = cell;
  const input = inputs.get(row) ?? {};
  if (outcome === 'ok') {
    expect((await at.exchange(row.operation, input)).error).toBeUndefined();
  } else {
    const refused = at.call(row.operation, input as never);
    await expectRefusal(face, refused, REFUSALS[outcome as Exclude<Outcome, 'ok'>](at.key.arn));
  }
}

function suite(place: () => Place, rows: readonly Row[], column: Column): void {
  const cells = cellsOf(rows, column);
  const shared = new Map<KindName | undefined, Promise<Prepared>>();
  const preparedFor = (cell: Cell): Promise<Prepared> => {
    const make = async (of: readonly Row[]) => enter(await prepare(place(), column, of), column);
    const { kind } = cell.row;
    if (alone(cell)) return make([cell.row]);
    const together = cells.filter((each) => !alone(each) && each.row.kind === kind);
    const prepared = shared.get(kind) ?? make(together.map(({ row }) => row));
    shared.set(kind, prepared);
    return prepared;
  };
  it.each(cells)('$title: $outcome', async (cell) => {
    await expectOutcome(place().face, await preparedFor(cell), cell);
  });
}

/** Keys in custom key stores import and replicate nothing. */
const inStores = keyRows.filter(({ key, kind }) => key === undefined && !isOnlySoftware(kind));
const symmetric = keyRows.filter(({ kind }) => kind === undefined);
const cryptographic = keyRows.filter(({ states }) => states === 'cryptography');

describe.each(combinations)('$store keys over $face', ({ face, store }) => {
  const place = () => ({ server, face, store });
  const rows = store === 'software' ? keyRows : inStores;
  describe.each(PLAIN)('in state $state', (column) => suite(place, rows, column));
  describe('when they are enabled again', () => suite(place, cryptographic, AGAIN));
});

describe.each(SPECIAL)('a key that is $key and $state', (column) => {
  suite(() => ({ server, face: 'AWS JSON' }), symmetric, column);
});

describe.each(FACES)('SoftHSM keys of a disconnected store over %s', (face) => {
  const { call } = server.over(face, 'SoftHSM');
  const cells = cellsOf(inStores, AWAY);
  const prepared = new Map<Cell | KindName | undefined, Prepared>();
  const reach = async (state: 'CONNECTED' | 'DISCONNECTED') =>
    connectionState(await server.strongroom.client(), server.customKeyStoreId, state);

  beforeAll(async () => {
    const place: Place = { server, face, store: 'SoftHSM' };
    for (const kind of new Set(cells.map(({ row }) => row.kind))) {
      const together = cells.filter((cell) => !alone(cell) && cell.row.kind === kind);
      prepared.set(
        kind,
        await prepare(
          place,
          {},
          together.map(({ row }) => row),
        ),
      );
    }
    for (const cell of cells.filter(alone)) {
      prepared.set(cell, await prepare(place, {}, [cell.row]));
    }
    await call('DisconnectCustomKeyStore', { CustomKeyStoreId: server.customKeyStoreId });
    await reach('DISCONNECTED');
  });

  afterAll(async () => {
    await call('ConnectCustomKeyStore', { CustomKeyStoreId: server.customKeyStoreId });
    await reach('CONNECTED');
  });

  it.each(cells)('$title: $outcome', async (cell) => {
    const ready = prepared.get(alone(cell) ? cell : cell.row.kind) as Prepared;
    await enter(ready, { ...AWAY, enter: stay });
    await expectOutcome(face, ready, cell);
  });

  it('a key that awaits deletion says so and can be cancelled', async () => {
    const scheduled = cells.find(({ row }) => row.operation === 'ScheduleKeyDeletion') as Cell;
    const { at } = prepared.get(scheduled) as Prepared;
    const KeyId = at.key.id;
    const pending = await call('DescribeKey', { KeyId });
    expect(pending.KeyMetadata).toMatchObject({ KeyState: 'PendingDeletion' });
    await call('CancelKeyDeletion', { KeyId });
    const cancelled = await call('DescribeKey', { KeyId });
    expect(cancelled.KeyMetadata).toMatchObject({ KeyState: 'Unavailable' });
  });
});
