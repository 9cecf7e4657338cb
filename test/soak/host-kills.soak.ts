import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusyLoops } from '../support/busy-loops.js';
import { makeKey, makeTokenKey, roundTrip } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { CLUSTER_ID } from '../support/faulty-strongroom.js';
import { killHosts } from '../support/kills/host-kills.js';
import { Load } from '../support/kills/load.js';
import { RandomMoments } from '../support/kills/random-moments.js';
import { soakRounds } from '../support/soak.js';
import { Strongroom } from '../support/strongroom.js';
import { usesInTurn } from '../support/tokens/uses-in-turn.js';

const KILLS = 1000;

const BUSY_LOOPS = 4;

describe('token hosts that are killed again and again', () => {
  let strongroom: Strongroom;
  let storeId: string;

  beforeAll(async () => {
    strongroom = await Strongroom.start();
    storeId = await connectedKeyStore(strongroom, await strongroom.client());
  });
  afterAll(() => strongroom.dispose());

  it('show in no call, of their own keys or of others', async () => {
    const client = await strongroom.client();
    const moments = new RandomMoments();
    const times = soakRounds(KILLS);
    const keyId = await makeTokenKey(client, storeId);
    const software = await makeKey(client);
    const beside = new Load(1, () => roundTrip(client, software));
    const kills = await killHosts(
      { strongroom, moments },
      { tokenId: CLUSTER_ID, use: () => roundTrip(client, keyId), times },
    );
    await beside.stop();
    expect(kills.errors, strongroom.log.slice(-5000)).toEqual([]);
    expect(beside.errors).toEqual([]);
    expect(kills.killed).toBe(times);
  });

  it('show in no call with any kind of key, on a machine that others keep busy', async () => {
    const client = await strongroom.client();
    const times = soakRounds(KILLS);
    const use = await usesInTurn(client, storeId);
    const loops = await BusyLoops.start(BUSY_LOOPS);
    try {
      const kills = await killHosts(
        { strongroom, moments: new RandomMoments() },
        { tokenId: CLUSTER_ID, use, times },
      );
      expect(kills.errors, strongroom.log.slice(-5000)).toEqual([]);
      expect(kills.killed).toBe(times);
    } finally {
      await loops.stop();
    }
  });
});
