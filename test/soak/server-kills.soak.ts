import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { RandomMoments } from '../support/kills/random-moments.js';
import {
  expectEvidence,
  expectKeys,
  expectNoOrphans,
  killWhileCreating,
} from '../support/kills/server-kills.js';
import { soakRounds } from '../support/soak.js';
import { Strongroom } from '../support/strongroom.js';

const ROUNDS = 100;

describe('a server that is killed again and again in the middle of CreateKey', () => {
  let strongroom: Strongroom;
  let storeId: string;

  beforeAll(async () => {
    strongroom = await Strongroom.start();
    storeId = await connectedKeyStore(strongroom, await strongroom.client());
  });
  afterAll(() => strongroom.dispose());

  it('loses no key that was answered and orphans no token object', async () => {
    const moments = new RandomMoments();
    const answered: string[] = [];
    for (let round = soakRounds(ROUNDS); round > 0; round -= 1) {
      const keyIds = await killWhileCreating(strongroom, storeId, moments);
      await expectKeys(await strongroom.client(), storeId, keyIds);
      await expectNoOrphans(strongroom);
      await expectEvidence(strongroom);
      answered.push(...keyIds);
    }
    expect(answered.length).toBeGreaterThan(0);
    await expectKeys(await strongroom.client(), storeId, answered);
  });
});
