/** What an operator sees of the tokens. */
import { DisconnectCustomKeyStoreCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encrypt, makeTokenKey } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';
import { hostOf } from '../support/processes.js';

const SYMMETRIC = 'SYMMETRIC_DEFAULT:ENCRYPT_DECRYPT:SYMMETRIC_DEFAULT';

describe('/metrics', () => {
  let faulty: FaultyStrongroom;
  let client: KMSClient;
  let storeId: string;
  let keyId: string;
  beforeAll(async () => {
    faulty = await faultyStrongroom();
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    storeId = await connectedKeyStore(faulty.strongroom, client);
    keyId = await makeTokenKey(client, storeId);
  });
  afterAll(() => faulty.dispose());

  async function metrics(): Promise<ReadonlyMap<string, number>> {
    const response = await fetch(`${faulty.strongroom.endpoint}/metrics`);
    const lines = (await response.text()).split('\n').filter((line) => !line.startsWith('#'));
    return new Map(
      lines.map((line): [string, number] => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }
  const named = (name: string, labels = '') =>
    `strongroom_token_${name}{token="${CLUSTER_ID}"${labels}}`;

  it('says in which state each token is, and what it holds', async () => {
    const found = await metrics();
    for (const token of ['root', CLUSTER_ID]) {
      expect(found.get(`strongroom_token_state{token="${token}",state="ready"}`)).toBe(1);
      expect(found.get(`strongroom_token_state{token="${token}",state="absent"}`)).toBe(0);
      expect(found.get(`strongroom_token_logins_total{token="${token}"}`)).toBe(1);
      expect(found.get(`strongroom_token_threads{token="${token}"}`)).toBeGreaterThan(0);
      expect(found.get(`strongroom_token_calls_pending{token="${token}"}`)).toBeDefined();
    }
    await expect.poll(async () => (await metrics()).get(named('objects'))).toBeGreaterThan(0);
  });

  it('says what a connected token was found to do', async () => {
    const verdict = async (is: string) =>
      (await metrics()).get(named('capability', `,capability="${SYMMETRIC}",verdict="${is}"`));
    await expect.poll(() => verdict('works'), { timeout: 20_000 }).toBe(1);
    expect(await verdict('lacks')).toBe(0);
    expect(await verdict('unknown')).toBe(0);
  });

  it('counts hosts that end, logins, and calls by how they ended', async () => {
    const calls = 'strongroom_token_call_duration_seconds_count';
    const labels = `{token="${CLUSTER_ID}",call="encrypt"}`;
    const before = (await metrics()).get(calls + labels) ?? 0;
    await encrypt(client, keyId);
    expect((await metrics()).get(calls + labels)).toBe(before + 1);
    const pid = await hostOf(faulty.strongroom, CLUSTER_ID);
    process.kill(pid, 'SIGKILL');
    await encrypt(client, keyId);
    const after = await metrics();
    expect(after.get(named('host_ends_total', ',cause="killed"'))).toBe(1);
    expect(after.get(named('logins_total'))).toBe(2);
    await faulty.cluster.set(`fail C_GenerateKey ${0x31}`);
    await makeTokenKey(client, storeId).catch(() => undefined);
    await faulty.cluster.clear();
    const failure = ',call="generateKey",reason="CKR_DEVICE_MEMORY"';
    expect((await metrics()).get(named('call_failures_total', failure))).toBe(1);
  });

  it('tells that a token is away, and that it is back', async () => {
    const state = async (name: string) => (await metrics()).get(named('state', `,state="${name}"`));
    await faulty.cluster.set('absent');
    const pid = await hostOf(faulty.strongroom, CLUSTER_ID);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => state('absent')).toBe(1);
    expect(await state('ready')).toBe(0);
    await faulty.cluster.clear();
    await expect.poll(() => state('ready')).toBe(1);
  });

  it('says nothing of what a token could do to which nobody is connected', async () => {
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await connectionState(client, storeId, 'DISCONNECTED');
    const shown = [...(await metrics()).keys()];
    expect(shown.filter((name) => name.startsWith('strongroom_token_capability'))).toEqual([]);
  });
});
