import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import { combinations, conformanceServer } from '../support/faces/conformance-server.js';
import { FACES } from '../support/faces/faces.js';
import {
  keyOperations,
  type Surroundings,
  surroundings,
  titleOf,
} from '../support/faces/key-operations.js';
import { disabled, type Expected, expectRefusal, invalidState } from '../support/faces/refusals.js';

const server = conformanceServer();

const STATES = ['Enabled', 'Disabled', 'PendingDeletion', 'Unavailable'] as const;
type State = (typeof STATES)[number];

const CELLS: Readonly<Record<string, (arn: string) => Expected>> = {
  disabled,
  pending: (arn) => invalidState(`${arn} is pending deletion.`),
  'not pending': (arn) => invalidState(`${arn} is not pending deletion.`),
  unavailable: (arn) => invalidState(`${arn} is unavailable.`),
};

/** AWS's table of key states and operations: a column for each of STATES. */
const TABLE: Readonly<Record<string, readonly [string, string, string, string]>> = {
  Encrypt: ['ok', 'disabled', 'pending', 'unavailable'],
  Decrypt: ['ok', 'disabled', 'pending', 'unavailable'],
  'ReEncrypt (source)': ['ok', 'disabled', 'pending', 'unavailable'],
  'ReEncrypt (destination)': ['ok', 'disabled', 'pending', 'unavailable'],
  GenerateDataKey: ['ok', 'disabled', 'pending', 'unavailable'],
  GenerateDataKeyWithoutPlaintext: ['ok', 'disabled', 'pending', 'unavailable'],
  DescribeKey: ['ok', 'ok', 'ok', 'ok'],
  EnableKey: ['ok', 'ok', 'pending', 'ok'],
  DisableKey: ['ok', 'ok', 'pending', 'ok'],
  UpdateKeyDescription: ['ok', 'ok', 'pending', 'ok'],
  ScheduleKeyDeletion: ['ok', 'ok', 'pending', 'ok'],
  CancelKeyDeletion: ['not pending', 'not pending', 'ok', 'not pending'],
  CreateAlias: ['ok', 'ok', 'pending', 'ok'],
  'UpdateAlias (current)': ['ok', 'ok', 'ok', 'ok'],
  'UpdateAlias (target)': ['ok', 'ok', 'pending', 'ok'],
  DeleteAlias: ['ok', 'ok', 'ok', 'ok'],
  ListAliases: ['ok', 'ok', 'ok', 'ok'],
  TagResource: ['ok', 'ok', 'pending', 'ok'],
  UntagResource: ['ok', 'ok', 'pending', 'ok'],
  ListResourceTags: ['ok', 'ok', 'ok', 'ok'],
  GetKeyPolicy: ['ok', 'ok', 'ok', 'ok'],
  PutKeyPolicy: ['ok', 'ok', 'ok', 'ok'],
  ListKeyPolicies: ['ok', 'ok', 'ok', 'ok'],
  CreateGrant: ['ok', 'disabled', 'pending', 'ok'],
  ListGrants: ['ok', 'ok', 'ok', 'ok'],
  // With customKeyStores.limits: extended, keys in custom key stores rotate too.
  EnableKeyRotation: ['ok', 'disabled', 'pending', 'ok'],
  DisableKeyRotation: ['ok', 'disabled', 'pending', 'ok'],
  GetKeyRotationStatus: ['ok', 'ok', 'ok', 'ok'],
  RotateKeyOnDemand: ['ok', 'disabled', 'pending', 'unavailable'],
  ListKeyRotations: ['ok', 'ok', 'ok', 'ok'],
  GetKeyLastUsage: ['ok', 'ok', 'ok', 'ok'],
};

const rows = keyOperations.map((row) => ({ ...row, title: titleOf(row) }));
const cellsOf = (state: State) =>
  rows.map((row) => ({ ...row, cell: TABLE[row.title]?.[STATES.indexOf(state)] ?? 'missing' }));

it('has a row for every operation', () => {
  expect(Object.keys(TABLE)).toEqual(rows.map(({ title }) => title));
});

describe.each(combinations)('$store keys over $face', ({ face, store }) => {
  const { call, exchange } = server.over(face, store);

  const bringInto: Record<string, (KeyId: string) => Promise<unknown>> = {
    Enabled: async () => undefined,
    Disabled: (KeyId) => call('DisableKey', { KeyId }),
    PendingDeletion: (KeyId) => call('ScheduleKeyDeletion', { KeyId }),
  };

  describe.each(['Enabled', 'Disabled', 'PendingDeletion'] as const)('in state %s', (state) => {
    const prepare = async () => {
      const around = await surroundings(server, face, store);
      await bringInto[state]?.(around.key.id);
      const { KeyMetadata } = await call('DescribeKey', { KeyId: around.key.id });
      expect(KeyMetadata).toMatchObject({ KeyState: state, Enabled: state === 'Enabled' });
      return around;
    };
    let shared: Promise<Surroundings> | undefined;
    /** What is refused, and what only reads, leaves the key as it is: one is enough for all that. */
    const keyFor = (operation: string, cell: string): Promise<Surroundings> => {
      if (cell === 'ok' && !/^(Describe|Get|List|Encrypt|Decrypt|ReEncrypt|Gen)/.test(operation)) {
        return prepare();
      }
      shared ??= prepare();
      return shared;
    };

    it.each(cellsOf(state))('$title: $cell', async ({ operation, input, cell }) => {
      const around = await keyFor(operation, cell);
      const { key } = around;
      if (cell === 'ok') {
        expect((await exchange(operation, input(key.id, around))).error).toBeUndefined();
      } else {
        const refused = call(operation, input(key.id, around) as never);
        await expectRefusal(face, refused, CELLS[cell]?.(key.arn) as Expected);
      }
    });
  });
});

describe.each(FACES)('SoftHSM keys of a disconnected store over %s', (face) => {
  const { call, exchange } = server.over(face, 'SoftHSM');
  const prepared = new Map<string, Surroundings>();

  beforeAll(async () => {
    for (const { title } of rows) prepared.set(title, await surroundings(server, face, 'SoftHSM'));
    await call('DisconnectCustomKeyStore', { CustomKeyStoreId: server.customKeyStoreId });
    const client = await server.strongroom.client();
    await connectionState(client, server.customKeyStoreId, 'DISCONNECTED');
  });

  afterAll(async () => {
    await call('ConnectCustomKeyStore', { CustomKeyStoreId: server.customKeyStoreId });
    const client = await server.strongroom.client();
    await connectionState(client, server.customKeyStoreId, 'CONNECTED');
  });

  it.each(cellsOf('Unavailable'))('$title: $cell', async ({ title, operation, input, cell }) => {
    const around = prepared.get(title) as Surroundings;
    const { key } = around;
    const { KeyMetadata } = await call('DescribeKey', { KeyId: key.id });
    expect(KeyMetadata).toMatchObject({ KeyState: 'Unavailable', Enabled: false });
    if (cell === 'ok') {
      expect((await exchange(operation, input(key.id, around))).error).toBeUndefined();
    } else {
      const refused = call(operation, input(key.id, around) as never);
      await expectRefusal(face, refused, CELLS[cell]?.(key.arn) as Expected);
    }
  });

  it('a key that awaits deletion says so and can be cancelled', async () => {
    const { key } = prepared.get('ScheduleKeyDeletion') as Surroundings;
    const pending = await call('DescribeKey', { KeyId: key.id });
    expect(pending.KeyMetadata).toMatchObject({ KeyState: 'PendingDeletion' });
    await call('CancelKeyDeletion', { KeyId: key.id });
    const cancelled = await call('DescribeKey', { KeyId: key.id });
    expect(cancelled.KeyMetadata).toMatchObject({ KeyState: 'Unavailable' });
  });
});
