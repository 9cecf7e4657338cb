import { describe, expect, it } from 'vitest';
import type { Owner } from '../../../src/db/node-identity.js';

import {
  discardTokenObject,
  insertAdoptedObject,
} from '../../../src/keystores/token/token-object-repository.js';
import {
  allAtOnce,
  describeDatabases,
  NODE,
  type ServerView,
} from '../../support/database-bench.js';
import { writeRow } from '../../support/write-row.js';

const HOUR_MS = 60 * 60 * 1000;
const TOKEN = 'cluster-aaaaaaaaaaa';
const intent = (ckaId: string, tokenId = TOKEN) => ({
  ckaId,
  tokenId,
  accountId: '111122223333',
  region: 'us-east-1',
  keyId: 'k',
});

const before: Owner = { ...NODE, incarnation: 'incarnation-0' };
const elsewhere: Owner = { nodeId: 'node-2', incarnation: 'incarnation-9' };

type Status = 'intended' | 'live' | 'doomed';

async function put(server: ServerView, owner: Owner, ckaId: string, status: Status): Promise<void> {
  await server.objects(owner).intend(intent(ckaId));
  await writeRow(server, 'token_objects', { cka_id: ckaId }, { status });
}

describeDatabases((bench) => {
  describe('whether an object is abandoned', () => {
    it.each<{ status: Status; owner: string; by: Owner; age: number; abandoned: boolean }>([
      { status: 'intended', owner: 'this process', by: NODE, age: 0, abandoned: false },
      { status: 'intended', owner: 'this process', by: NODE, age: 9 * HOUR_MS, abandoned: false },
      { status: 'intended', owner: 'this node, before', by: before, age: 0, abandoned: true },
      { status: 'intended', owner: 'another node', by: elsewhere, age: HOUR_MS, abandoned: false },
      {
        status: 'intended',
        owner: 'another node',
        by: elsewhere,
        age: HOUR_MS + 1,
        abandoned: true,
      },
      { status: 'doomed', owner: 'this process', by: NODE, age: 0, abandoned: true },
      { status: 'doomed', owner: 'another node', by: elsewhere, age: 0, abandoned: true },
      {
        status: 'live',
        owner: 'this node, before',
        by: before,
        age: 9 * HOUR_MS,
        abandoned: false,
      },
      { status: 'live', owner: 'another node', by: elsewhere, age: 9 * HOUR_MS, abandoned: false },
    ])('$status by $owner, $age ms ago: $abandoned', async ({ status, by, age, abandoned }) => {
      const server = await bench.server();
      await put(server, by, 'a', status);
      bench.now += age;
      expect(await server.objects().abandoned(TOKEN)).toStrictEqual(abandoned ? ['a'] : []);
      expect(await server.objects().abandoned('another token')).toStrictEqual([]);
    });
  });

  it.each<{ status: Status; afterDiscard: Status; afterSettled: boolean }>([
    { status: 'intended', afterDiscard: 'doomed', afterSettled: false },
    { status: 'doomed', afterDiscard: 'doomed', afterSettled: false },
    { status: 'live', afterDiscard: 'live', afterSettled: true },
  ])(
    'an object that is $status, discarded: $afterDiscard; settled, is still there: $afterSettled',
    async (row) => {
      const server = await bench.server();
      await put(server, NODE, 'a', row.status);
      await server.objects().discard('a');
      expect(await server.database('token_objects').first('status')).toEqual({
        status: row.afterDiscard,
      });
      await server.objects().forget('a');
      expect((await server.objects().known(TOKEN)).has('a')).toBe(row.afterSettled);
    },
  );

  it('every object of a token is known, whatever its status', async () => {
    const server = await bench.server();
    await put(server, NODE, 'a', 'intended');
    await put(server, elsewhere, 'b', 'live');
    await put(server, before, 'c', 'doomed');
    await server.objects().intend(intent('d', 'another token'));
    expect(await server.objects().known(TOKEN)).toStrictEqual(new Set(['a', 'b', 'c']));
  });

  describe('an adopted object', () => {
    const adopt = async (server: ServerView, ckaId: string, destroyOnDeletion = false) => {
      const { accountId, region, keyId } = intent(ckaId);
      const adoption = { tokenId: TOKEN, destroyOnDeletion, ...NODE };
      const object = { accountId, region, keyId, ckaId, adoption, createdAt: new Date(0) };
      await server.database.transaction((transaction) =>
        insertAdoptedObject(transaction, server.seals, object),
      );
    };
    const statuses = async ({ database }: ServerView) =>
      (await database('token_objects').select('status')).map(({ status }) => status);

    it('is one key, whoever adopts it', async () => {
      const [one, other] = [await bench.server(), await bench.server()];
      const { won, refusals } = await allAtOnce([adopt(one, 't/a'), adopt(other, 't/a')]);
      expect([won, refusals]).toMatchObject([1, [{ name: 'StoreError', kind: 'adopted' }]]);
      await adopt(other, 'u/a');
    });

    it.each([
      { destroyOnDeletion: false, given: 'adopted', left: [], abandoned: [] },
      { destroyOnDeletion: true, given: 'live', left: ['doomed'], abandoned: ['t/a'] },
    ])('$given: taken from its key, $left is left', async (row) => {
      const server = await bench.server();
      await adopt(server, 't/a', row.destroyOnDeletion);
      bench.now += 9 * HOUR_MS;
      expect(await server.objects(elsewhere).abandoned(TOKEN)).toStrictEqual([]);
      await server.objects().discard('t/a');
      await server.objects().forget('t/a');
      expect(await statuses(server)).toStrictEqual([row.given]);
      await server.database.transaction((transaction) =>
        discardTokenObject(transaction, server.seals, 't/a'),
      );
      expect(await statuses(server)).toStrictEqual(row.left);
      expect(await server.objects().abandoned(TOKEN)).toStrictEqual(row.abandoned);
    });
  });

  it('a CKA_ID is intended once', async () => {
    const server = await bench.server();
    await server.objects().intend(intent('a'));
    await expect(server.objects(elsewhere).intend(intent('a'))).rejects.toThrow();
  });
});
