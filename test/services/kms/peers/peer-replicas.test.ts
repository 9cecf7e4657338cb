import { expect, it } from 'vitest';
import { encryptGcm, packGcm } from '../../../../src/kernel/gcm.js';
import { calendarClock } from '../../../../src/kernel/time.js';
import type { MaterialStatus } from '../../../../src/keystores/contract/material.js';
import type { RelatedChange } from '../../../../src/services/kms/keys/key-change.js';
import { readPeers } from '../../../../src/services/kms/peers/peer-config.js';
import {
  PeerReplicas,
  type PeerReplicasPorts,
} from '../../../../src/services/kms/peers/peer-replicas.js';
import type { RelatedState } from '../../../../src/services/kms/peers/related-state.js';
import { CREATED_AT, SCOPE, sampleKey, sampleMaterial } from '../../../support/sample-key.js';

const HOME = 'eu-west-1';
const peers = readPeers({ [HOME]: `https://kms.example#ed25519:${'A'.repeat(43)}` });
const [home] = peers.values();

const material = (materialId: string, status: MaterialStatus) =>
  sampleMaterial({ materialId, status });

/** A replica whose next material has come ahead. */
const replica = sampleKey({
  relatedVersion: 5,
  multiRegion: { primaryRegion: HOME, replicaRegions: [SCOPE.region] },
  currentMaterialId: 'current',
  materials: new Map([
    ['old', material('old', 'permanent')],
    ['current', material('current', 'permanent')],
    ['coming', material('coming', 'pending-rotation')],
  ]),
});

const nothing = () => Promise.reject(new Error('nothing new is sent'));

const ports: PeerReplicasPorts = {
  peers,
  keys: {
    find: async () => replica,
    insert: nothing,
    changeRelated: async (_key, change) => {
      const { put }: RelatedChange = change([replica]);
      return [...put];
    },
  },
  transportKey: { open: async () => Buffer.alloc(32) },
  softwareMaterials: { take: nothing },
  principals: { hasAccount: () => true, arnOf: nothing, idOf: nothing },
  quotas: { policyBytes: 32_768 },
  calendar: calendarClock(() => CREATED_AT.getTime()),
  newId: () => 'an id',
  regions: [SCOPE.region],
  accounts: new Set([SCOPE.accountId]),
  partition: SCOPE.partition,
};

/** What the primary's server says: these materials, `current` the current one. */
function told(...listed: readonly [string, 'permanent' | 'pending-rotation'][]): RelatedState {
  return {
    accountId: replica.accountId,
    keyId: replica.keyId,
    region: replica.region,
    primaryRegion: HOME,
    regions: [HOME, SCOPE.region],
    keySpec: replica.keySpec,
    keyUsage: replica.keyUsage,
    version: 5,
    onDemandRotations: 0,
    currentMaterialId: 'current',
    materials: listed.map(([materialId, status], ordinal) => ({
      ...{ materialId, status, ordinal, createdAt: CREATED_AT.getTime() },
      sealed: Buffer.alloc(1),
    })),
    wrappedKey: Buffer.alloc(1),
  };
}

it.each<[string, RelatedState, string[]]>([
  [
    'a state from before the next material came leaves it: something may be encrypted under it by now',
    told(['current', 'permanent']),
    ['old permanent', 'current permanent', 'coming pending-rotation'],
  ],
  [
    'the next material in place of one that never became current',
    told(['current', 'permanent'], ['old', 'pending-rotation']),
    ['old pending-rotation', 'current permanent'],
  ],
  [
    'the next material becomes permanent',
    told(['current', 'permanent'], ['coming', 'permanent']),
    ['old permanent', 'current permanent', 'coming permanent'],
  ],
])('%s', async (_what, state, expected) => {
  if (!home) throw new Error('there is no peer');
  const put = await new PeerReplicas(ports).put(home, state, 0);
  const materials = [...put.materials].map(([id, { status }]) => `${id} ${status}`);
  expect(materials.toSorted()).toEqual(expected.toSorted());
});

it.each<[string, number | undefined, current: string, version: number]>([
  ['a newer state is taken', 6, 'old', 6],
  ['a state that is told again, too', 5, 'old', 5],
  ['an older one that comes late sets nothing back', 4, 'current', 5],
  ['nor does one without a version, after one that had it', undefined, 'current', 5],
])('%s', async (_what, version, currentMaterialId, relatedVersion) => {
  if (!home) throw new Error('there is no peer');
  const { version: _known, ...state } = told(['old', 'permanent']);
  const sent = { ...state, currentMaterialId: 'old', ...(version !== undefined && { version }) };
  const put = await new PeerReplicas(ports).put(home, sent, 0);
  expect(put).toMatchObject({ currentMaterialId, relatedVersion });
  expect(put.materials.get('current')?.status).toBe('permanent');
});

it('an older state brings a material that somebody waits for, and nothing else', async () => {
  if (!home) throw new Error('there is no peer');
  const sent = { ...told(['current', 'permanent'], ['ahead', 'pending-rotation']), version: 4 };
  const take = async (address: object) => sampleMaterial({ ...address });
  const late = new PeerReplicas({ ...ports, softwareMaterials: { take } });
  const put = await late.put(home, { ...sent, materials: envelopes(sent) }, 0);
  expect(put.materials.get('ahead')?.status).toBe('pending-rotation');
  expect(put).toMatchObject({ currentMaterialId: 'current', relatedVersion: 5 });
});

/** The state's materials as they are sent: each in an envelope under the key that \`ports\` opens. */
function envelopes({ materials, accountId, keyId, region }: RelatedState) {
  return materials.map((sent) => {
    const aad = `strongroom transport\0${accountId}/${keyId}/${region}/${sent.materialId}`;
    const sealed = packGcm(encryptGcm(Buffer.alloc(32), Buffer.from('secret'), Buffer.from(aad)));
    return { ...sent, sealed };
  });
}
