import type { KMSClient } from '@aws-sdk/client-kms';
import { expect } from 'vitest';
import { auditRecords } from '../audit-records.js';
import { keyState, makeKey, makeTokenKey, roundTrip } from '../clients.js';
import { connectionState } from '../custom-key-store.js';
import { databaseFile, query } from '../database-file.js';
import { eventually } from '../eventually.js';
import { CLUSTER_ID } from '../faulty-strongroom.js';
import { Pkcs11Tool } from '../pkcs11-tool.js';
import { whenGone } from '../processes.js';
import type { Strongroom } from '../strongroom.js';
import type { RandomMoments } from './random-moments.js';

/** Creations in flight at a time, software and token keys alternately. */
const CREATORS = 6;

/** The moment of the end: after so many answers, and so many milliseconds, at most. */
const MAX_ANSWERS = 15;
const MAX_MS = 25;

/**
 * Creates keys, SIGKILLs the server at a random moment meanwhile, and starts it again.
 * @returns the ids of the keys that were answered.
 */
export async function killWhileCreating(
  strongroom: Strongroom,
  storeId: string,
  moments: RandomMoments,
): Promise<string[]> {
  const client = await strongroom.client();
  const hosts = [...(await strongroom.tokenHosts()).values()];
  const answered: string[] = [];
  const wanted = moments.below(MAX_ANSWERS + 1);
  let killed = false;
  let onAnswer: (() => void) | undefined;
  const enough = new Promise<void>((resolve) => {
    onAnswer = () => answered.length >= wanted && resolve();
    onAnswer();
  });
  const create = async (turn: number): Promise<void> => {
    for (let i = turn; !killed; i += 1) {
      try {
        answered.push(await (i % 2 === 0 ? makeTokenKey(client, storeId) : makeKey(client)));
        onAnswer?.();
      } catch (error) {
        // Before it was killed the server has no excuse.
        if (!killed) throw error;
      }
    }
  };
  const creators = Promise.all(Array.from({ length: CREATORS }, (_, turn) => create(turn)));
  // The race ends with the creators only when one of them has failed.
  await Promise.race([enough.then(() => moments.pass(MAX_MS)), creators]);
  killed = true;
  await strongroom.kill();
  await creators;
  client.destroy();
  // Without their server the hosts end by themselves.
  await Promise.all(hosts.map(whenGone));
  await strongroom.start();
  return answered;
}

/** Every one of these keys is there and works. */
export async function expectKeys(client: KMSClient, storeId: string, keyIds: readonly string[]) {
  await connectionState(client, storeId, 'CONNECTED');
  for (const keyId of keyIds) {
    expect(await keyState(client, keyId)).toBe('Enabled');
    await roundTrip(client, keyId);
  }
}

/** The token holds exactly the objects of the keys in the database, as soon as all is settled. */
export async function expectNoOrphans(strongroom: Strongroom): Promise<void> {
  const file = databaseFile(strongroom);
  await eventually('the settlement of abandoned creations', async () => {
    const rows = await query(file, "SELECT cka_id FROM token_objects WHERE status <> 'live'");
    return rows.length === 0;
  });
  const rows = await query(
    file,
    'SELECT lower(hex(cka_id)) AS id FROM key_materials WHERE cka_id IS NOT NULL ORDER BY 1',
  );
  const held = await new Pkcs11Tool(strongroom, CLUSTER_ID).keyIds();
  expect(held).toEqual(rows.map(({ id }) => id));
}

/** What was made and what the trail says was made are the same. */
export async function expectEvidence(strongroom: Strongroom): Promise<void> {
  const rows = await query(databaseFile(strongroom), 'SELECT key_id FROM keys');
  const records = await auditRecords(strongroom);
  const made = records
    .filter(({ eventName, errorCode }) => eventName === 'CreateKey' && errorCode === undefined)
    .map(({ resources }) => String(Object(resources)[0]?.ARN).split('/')[1]);
  expect([...new Set(made)].toSorted()).toEqual(rows.map(({ key_id }) => key_id).toSorted());
}
