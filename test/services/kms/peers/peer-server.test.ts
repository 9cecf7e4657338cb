import { expect, it } from 'vitest';
import { wallClock } from '../../../../src/kernel/time.js';
import { makeLog } from '../../../../src/observe/log.js';
import type { PeerReplicas } from '../../../../src/services/kms/peers/peer-replicas.js';
import { PeerServer } from '../../../../src/services/kms/peers/peer-server.js';

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

it('a message is not taken while the database cannot say whether it was taken before', async () => {
  const server = new PeerServer({
    peers: new Map(),
    messages: {
      take: () => Promise.reject(away),
    } as never,
    transportKey: { publicKey: () => Promise.reject(new Error('nothing is asked')) },
    replicas: {} as PeerReplicas,
    wallClock: wallClock(),
    log: makeLog({ level: 'fatal', destination: { write: () => undefined } }),
  });
  await expect(server.handle('a message')).rejects.toMatchObject({
    code: 'ServiceUnavailableException',
  });
});
