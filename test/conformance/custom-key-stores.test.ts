import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import type { Face, InputOf } from '../support/faces/face.js';
import { FACES, type FaceName, facesOf } from '../support/faces/faces.js';
import { type Expected, expectRefusal, validation, violation } from '../support/faces/refusals.js';
import { Strongroom } from '../support/strongroom.js';
import { makeTestCluster, type TestCluster } from './clusters.js';
import {
  ALL_THREE,
  atPassword,
  inUse,
  nameInUse,
  noSuchCluster,
  noSuchStore,
} from './custom-key-store-refusals.js';

const letter = (at: number) => String.fromCharCode(97 + at).repeat(11);
/** Eleven ids of one token, to fill the quota of ten; the first two are related. */
const IDS = Array.from({ length: 11 }, (_, at) => `cluster-${letter(at)}`);
const [A = '', B = ''] = IDS;
const STRANGER = `cluster-${letter(20)}`;
const WITHOUT_ANCHOR = `cluster-${letter(21)}`;
const UNKNOWN = `cluster-${letter(22)}`;
const NO_STORE = 'cks-00000000000000000';

let cluster: TestCluster;
let stranger: TestCluster;
let strongroom: Strongroom;
let faces: Record<FaceName, Face>;

beforeAll(async () => {
  [cluster, stranger] = await Promise.all([
    makeTestCluster(...IDS),
    makeTestCluster(STRANGER, WITHOUT_ANCHOR),
  ]);
  const [known, anchorless] = stranger.tokens;
  const { trustAnchor: _, ...withoutAnchor } = anchorless as { trustAnchor: string };
  const tokens = [...cluster.tokens, known, withoutAnchor];
  strongroom = await Strongroom.start({ yaml: { tokens, quotas: { customKeyStores: 10 } } });
  faces = await facesOf(strongroom);
});
afterAll(async () => {
  await strongroom?.dispose();
  await Promise.all([cluster?.dispose(), stranger?.dispose()]);
});

/** What CreateCustomKeyStore refuses, as changes to members that are right. */
const BAD_STORES: readonly [object, Expected][] = [
  [{ CloudHsmClusterId: UNKNOWN }, noSuchCluster(UNKNOWN)],
  [
    { CloudHsmClusterId: WITHOUT_ANCHOR },
    {
      name: 'CloudHsmClusterInvalidConfigurationException',
      message: `The token ${WITHOUT_ANCHOR} has no readable trust anchor certificate configured.`,
    },
  ],
  [
    { CloudHsmClusterId: STRANGER },
    {
      name: 'IncorrectTrustAnchorException',
      message: `The trust anchor certificate is not the one of ${STRANGER}.`,
    },
  ],
  [
    { TrustAnchorCertificate: 'no certificate' },
    {
      name: 'IncorrectTrustAnchorException',
      message: `The trust anchor certificate is not the one of ${A}.`,
    },
  ],
  [{ CloudHsmClusterId: undefined }, ALL_THREE],
  [{ TrustAnchorCertificate: undefined }, ALL_THREE],
  [{ KeyStorePassword: undefined }, ALL_THREE],
  [{ KeyStorePassword: 'x'.repeat(6) }, atPassword('length greater than or equal to 7')],
  [{ KeyStorePassword: 'x'.repeat(33) }, atPassword('length less than or equal to 32')],
  [
    { CloudHsmClusterId: 'cluster-0123456789a' },
    violation(
      "Value 'cluster-0123456789a' at 'cloudHsmClusterId' failed to satisfy constraint: Member must satisfy regular expression pattern: cluster-[2-7a-zA-Z]{11,16}",
    ),
  ],
  [
    { CustomKeyStoreType: 'EXTERNAL_KEY_STORE' },
    {
      name: 'UnsupportedOperationException',
      message: 'Custom key stores of type EXTERNAL_KEY_STORE are not supported yet.',
    },
  ],
];

describe.each(FACES)('custom key stores over %s', (face) => {
  const call: Face['call'] = (operation, input) => faces[face].call(operation, input);
  const create = async (id = A, name = `store of ${id}`): Promise<string> => {
    const made = await call('CreateCustomKeyStore', cluster.members(id, name));
    return made.CustomKeyStoreId ?? '';
  };
  const update = (CustomKeyStoreId: string, members: object) =>
    call('UpdateCustomKeyStore', { CustomKeyStoreId, ...members });
  const entry = async (CustomKeyStoreId: string) =>
    (await call('DescribeCustomKeyStores', { CustomKeyStoreId })).CustomKeyStores?.[0];
  const all = async () => (await call('DescribeCustomKeyStores', {})).CustomKeyStores ?? [];

  afterEach(async () => {
    const client = await strongroom.client();
    for (const { CustomKeyStoreId = '', ConnectionState } of await all()) {
      if (ConnectionState !== 'DISCONNECTED') {
        await call('DisconnectCustomKeyStore', { CustomKeyStoreId });
        await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');
      }
      await call('DeleteCustomKeyStore', { CustomKeyStoreId });
    }
  });

  it('a new one is DISCONNECTED and described without its password', async () => {
    const members = cluster.members(A, 'Größe ☃');
    const created = await call('CreateCustomKeyStore', members);
    expect(created).toEqual({ CustomKeyStoreId: expect.stringMatching(/^cks-[0-9a-f]{17}$/) });
    const described = {
      CustomKeyStores: [
        {
          CustomKeyStoreId: created.CustomKeyStoreId,
          CustomKeyStoreName: 'Größe ☃',
          CloudHsmClusterId: A,
          TrustAnchorCertificate: cluster.certificate,
          ConnectionState: 'DISCONNECTED',
          CreationDate: expect.any(Date),
          CustomKeyStoreType: 'AWS_CLOUDHSM',
        },
      ],
      Truncated: false,
    };
    const filters: InputOf<'DescribeCustomKeyStores'>[] = [
      {},
      { CustomKeyStoreName: 'Größe ☃' },
      { CustomKeyStoreId: created.CustomKeyStoreId },
    ];
    for (const filter of filters) {
      expect(await call('DescribeCustomKeyStores', filter)).toEqual(described);
    }
  });

  it.each(BAD_STORES)('CreateCustomKeyStore refuses %j', async (members, refusal) => {
    const input = { ...cluster.members(A, 'new'), ...members };
    await expectRefusal(face, call('CreateCustomKeyStore', input), refusal);
    expect(await all()).toEqual([]);
  });

  it('the same request again answers the same store, while it is disconnected', async () => {
    const id = await create();
    expect(await create()).toBe(id);
    const explicit = { ...cluster.members(A, `store of ${A}`), CustomKeyStoreType: 'AWS_CLOUDHSM' };
    const again = await call('CreateCustomKeyStore', explicit as never);
    expect(again.CustomKeyStoreId).toBe(id);
    expect(await all()).toHaveLength(1);
    await call('ConnectCustomKeyStore', { CustomKeyStoreId: id });
    await expectRefusal(face, create(), nameInUse(`store of ${A}`));
  });

  it('a request that differs is another store, and its name or cluster is taken', async () => {
    await create();
    const name = `store of ${A}`;
    const otherPassword = { ...cluster.members(A, name), KeyStorePassword: 'another-one' };
    const different = call('CreateCustomKeyStore', otherPassword);
    await expectRefusal(face, different, nameInUse(name));
    await expectRefusal(face, create(B, name), nameInUse(name));
    await expectRefusal(face, create(A, 'other'), inUse(A));
    expect(await all()).toHaveLength(1);
  });

  it('there are at most ten', async () => {
    for (const id of IDS.slice(0, 10)) await create(id);
    await expectRefusal(face, create(IDS[10]), {
      name: 'LimitExceededException',
      message: 'The account has 10 custom key stores in this Region, the most it may have.',
    });
    expect(await all()).toHaveLength(10);
  });

  it('a disconnected one changes its name, its password and its cluster', async () => {
    const id = await create();
    expect(await update(id, { NewCustomKeyStoreName: 'renamed' })).toEqual({});
    await update(id, { CloudHsmClusterId: B, KeyStorePassword: cluster.pin });
    expect(await entry(id)).toMatchObject({
      CustomKeyStoreName: 'renamed',
      CloudHsmClusterId: B,
      ConnectionState: 'DISCONNECTED',
    });
    await create(A, `store of ${A}`);
  });

  it('UpdateCustomKeyStore refuses what another store has, and strangers', async () => {
    const [id] = [await create(), await create(B)];
    const refusals: [object, Expected][] = [
      [{ NewCustomKeyStoreName: `store of ${B}` }, nameInUse(`store of ${B}`)],
      [{ CloudHsmClusterId: B }, inUse(B)],
      [{ CloudHsmClusterId: UNKNOWN }, noSuchCluster(UNKNOWN)],
      [
        { CloudHsmClusterId: STRANGER },
        {
          name: 'CloudHsmClusterNotRelatedException',
          message: `The cluster ${STRANGER} has another certificate than ${A}.`,
        },
      ],
      [{ KeyStorePassword: 'short' }, atPassword('length greater than or equal to 7')],
      [{}, validation('At least one property of the custom key store must be specified.')],
    ];
    const before = await entry(id);
    for (const [members, refusal] of refusals) {
      await expectRefusal(face, update(id, members), refusal);
    }
    expect(await entry(id)).toEqual(before);
  });

  it('a name that was given up may be taken', async () => {
    const id = await create(A, 'first');
    await update(id, { NewCustomKeyStoreName: 'second' });
    await create(B, 'first');
  });

  it('DeleteCustomKeyStore forgets an empty one', async () => {
    const id = await create();
    expect(await call('DeleteCustomKeyStore', { CustomKeyStoreId: id })).toEqual({});
    await expectRefusal(
      face,
      call('DeleteCustomKeyStore', { CustomKeyStoreId: id }),
      noSuchStore(id),
    );
    expect(await create()).not.toBe(id);
  });

  it.each([
    'ConnectCustomKeyStore',
    'DisconnectCustomKeyStore',
    'DeleteCustomKeyStore',
    'DescribeCustomKeyStores',
  ] as const)('%s does not find an unknown store', async (operation) => {
    const unknown = call(operation, { CustomKeyStoreId: NO_STORE });
    await expectRefusal(face, unknown, noSuchStore(NO_STORE));
  });

  it('UpdateCustomKeyStore and the filter by name do not find one either', async () => {
    const unknown = update(NO_STORE, { NewCustomKeyStoreName: 'x' });
    await expectRefusal(face, unknown, noSuchStore(NO_STORE));
    const named = call('DescribeCustomKeyStores', { CustomKeyStoreName: 'x' });
    await expectRefusal(face, named, noSuchStore('x'));
    const both = call('DescribeCustomKeyStores', {
      CustomKeyStoreName: 'x',
      CustomKeyStoreId: NO_STORE,
    });
    await expectRefusal(
      face,
      both,
      validation('Specify either CustomKeyStoreId or CustomKeyStoreName, not both.'),
    );
  });
});
