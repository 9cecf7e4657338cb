import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encrypt, endingOf, makeKey, makeTokenKey } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { eventually } from '../support/eventually.js';
import { type FaultyStrongroom, faultyStrongroom } from '../support/faulty-strongroom.js';
import { isAlive } from '../support/processes.js';

const CALLS = 8;
/** Long enough that no call ends by itself before the server is told to stop. */
const SLOW_MICROSECONDS = 1_500_000;

describe('a server that is asked to stop', () => {
  let temporary: string;
  let faulty: FaultyStrongroom;
  let client: KMSClient;

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'strongroom-stop-'));
    faulty = await faultyStrongroom({
      env: { TMPDIR: temporary },
      yaml: { limits: { requestTimeoutMs: 5000 } },
      token: { sessions: CALLS },
    });
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
  });
  afterEach(async () => {
    await faulty.dispose();
    await rm(temporary, { recursive: true, force: true });
  });

  it('answers the calls in flight, takes no more, and leaves nothing behind', async () => {
    const { strongroom, cluster } = faulty;
    const storeId = await connectedKeyStore(strongroom, client);
    const keyId = await makeTokenKey(client, storeId);
    const hosts = [...(await strongroom.tokenHosts()).values()];
    const { pid } = strongroom;
    expect(hosts).toHaveLength(2);

    const before = await cluster.calls('C_Encrypt');
    await cluster.set(`delay C_Encrypt ${SLOW_MICROSECONDS}`);
    const endings = Promise.all(
      Array.from({ length: CALLS }, () => endingOf(encrypt(client, keyId))),
    );
    await eventually('all calls in the token', async () => {
      return (await cluster.calls('C_Encrypt')) === before + CALLS;
    });
    const stopped = strongroom.stop();
    const late = await eventually('the closed door', async () => {
      const ending = await endingOf(makeKey(await strongroom.client()));
      return ending !== 'answered' && ending;
    });
    expect(late).not.toBe('KMSInternalException');
    expect(await endings).toEqual(Array.from({ length: CALLS }, () => 'answered'));
    await stopped;

    for (const process of [pid, ...hosts]) expect(await isAlive(process)).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('gives up a call that hangs, and leaves nothing behind', async () => {
    const { strongroom, cluster } = faulty;
    const keyId = await makeTokenKey(client, await connectedKeyStore(strongroom, client));
    const hosts = [...(await strongroom.tokenHosts()).values()];
    const { pid } = strongroom;
    const before = await cluster.calls('C_Encrypt');
    await cluster.set('hang C_Encrypt');
    const ending = endingOf(encrypt(client, keyId));
    await eventually('the call in the token', async () => {
      return (await cluster.calls('C_Encrypt')) > before;
    });
    await strongroom.stop();
    expect(await ending).not.toBe('answered');
    for (const process of [pid, ...hosts]) expect(await isAlive(process)).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });
});
