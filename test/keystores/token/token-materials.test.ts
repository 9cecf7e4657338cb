import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MaterialSpec } from '../../../src/keystores/contract/materials.js';
import { hostProcesses } from '../../support/host-processes.js';
import { soon, whenState } from '../../support/waiting.js';
import {
  makeTokenStoreBench,
  OWNER,
  type TokenStoreBench,
  whenDecided,
} from './token-store-bench.js';

const DEVICE_ERROR = 0x30;
const MECHANISM_INVALID = 0x70;
const CKA_EXTRACTABLE = 0x162;

const SECRET: MaterialSpec = { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' };
const PAIR: MaterialSpec = { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' };

/** One for all: each test leaves nothing behind, in the token or the database. */
let store: TokenStoreBench;
beforeAll(async () => {
  store = await makeTokenStoreBench();
  // The faults below are for the key that is made, not for a probe.
  await whenDecided(store.connection.capabilities);
});
afterAll(() => store?.dispose());

const make = (spec: MaterialSpec) => store.connection.materials.make(OWNER, spec, soon());

/** Settles when the reconciler has nothing of ours left to destroy, in the token or the database. */
async function whenSettled(): Promise<void> {
  await expect.poll(() => store.objects('doomed')).toEqual([]);
}

async function objectsInToken(): Promise<number> {
  const other = store.bench.client();
  await other.start(store.bench.token.pin);
  await other.listed();
  const { size } = other.objects();
  await other.stop();
  return size;
}

describe.each([
  ['a secret key', SECRET, 'C_GenerateKey'],
  ['a pair', PAIR, 'C_GenerateKeyPair'],
] as const)('making %s', (_what, spec, f) => {
  it('intends it first, names it by key and material, and giving it up leaves nothing', async () => {
    const material = await make(spec);
    expect(await store.objects('intended')).toEqual([material.ckaId]);
    expect(store.client.objects().get(material.ckaId ?? '')?.label).toBe(
      `kms:${OWNER.keyId}:${material.materialId}`,
    );
    expect(material.publicKey === undefined).toBe(spec === SECRET);
    expect(store.connection.keyStore.holds(material)).toBe(true);
    await store.connection.materials.abandon(material);
    await whenSettled();
    expect(store.connection.keyStore.holds(material)).toBe(false);
    expect(await objectsInToken()).toBe(0);
  });

  it.each([
    ['a refusal', `fail F ${MECHANISM_INVALID}`, 'unsupported'],
    ['a failure after it was made', `failafter F ${DEVICE_ERROR}`, 'unreachable'],
    ['an extractable key', `lie ${CKA_EXTRACTABLE} 1`, 'unsupported'],
  ])('ends with %s and leaves nothing', async (_why, directive, kind) => {
    await store.bench.faults.set(directive.replace('F', f));
    await expect(make(spec)).rejects.toMatchObject({ kind });
    await store.bench.faults.clear();
    await whenState(store.client, 'ready');
    await whenSettled();
    expect(await objectsInToken()).toBe(0);
  });

  it('in a host that is killed is made by the next, and what the first had made is destroyed', async () => {
    const before = await store.bench.faults.calls('C_GetAttributeValue');
    // Between the making of the object and the first look at it.
    await store.bench.faults.set('delay C_GetAttributeValue 10000000');
    const made = make(spec);
    await expect
      .poll(() => store.bench.faults.calls('C_GetAttributeValue'))
      .toBeGreaterThan(before);
    const [pid] = await hostProcesses(store.bench.settings.id);
    await store.bench.faults.clear();
    process.kill(pid as number, 'SIGKILL');
    const material = await made;
    await whenSettled();
    expect(await store.objects('intended')).toEqual([material.ckaId]);
    await store.connection.materials.abandon(material);
    await whenSettled();
    expect(await objectsInToken()).toBe(0);
  });
});

describe('a key that the token turns out not to be able to make', () => {
  let lying: TokenStoreBench;
  beforeAll(async () => {
    lying = await makeTokenStoreBench({}, (bench) => bench.faults.set('corrupt C_Sign'));
  });
  afterAll(() => lying?.dispose());

  it.each([
    ['RSA_2048', 'SIGN_VERIFY'],
    ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY'],
    ['HMAC_512', 'GENERATE_VERIFY_MAC'],
  ] as const)('is refused by name: %s for %s', async (keySpec, keyUsage) => {
    await expect(
      lying.connection.materials.make(OWNER, { keySpec, keyUsage }, soon()),
    ).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining(`${keySpec}:${keyUsage}:`),
    });
    expect(await lying.objects('intended')).toEqual([]);
  });
});
