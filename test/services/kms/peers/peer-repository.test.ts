import { expect, it } from 'vitest';
import { PeerRepository } from '../../../../src/services/kms/peers/peer-repository.js';
import { allAtOnce, describeDatabases } from '../../../support/database-bench.js';

const AT = 1_700_000_000_000;
const LATER = AT + 180_000;

describeDatabases((bench) => {
  it("a message's number is taken once by all servers, and forgotten when it is over", async () => {
    const servers = [await bench.server(), await bench.server()];
    const [here, there] = servers.map((server) => new PeerRepository(server));
    if (!here || !there) throw new Error('there are two servers');
    const answers: boolean[] = [];
    const take = async (server: PeerRepository) => {
      answers.push(await server.takeMessage('a', LATER, AT));
    };
    await allAtOnce([here, there, here, there].map(take));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(answers).toHaveLength(4);
    expect(await there.takeMessage('b', LATER + 1, LATER)).toBe(true);
    expect(await here.takeMessage('a', LATER, LATER)).toBe(false);
    expect(await here.takeMessage('c', LATER, LATER + 1)).toBe(true);
    expect(await servers[0]?.database('peer_messages').orderBy('id').pluck('id')).toEqual([
      'b',
      'c',
    ]);
  });
});
