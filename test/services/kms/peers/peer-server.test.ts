import { describe, expect, it } from 'vitest';
import { wallClock } from '../../../../src/kernel/time.js';
import { makeLog } from '../../../../src/observe/log.js';
import { Messages } from '../../../../src/services/kms/peers/messages.js';
import type { Peer } from '../../../../src/services/kms/peers/peer-config.js';
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

describe('what only pretends to be of a peer', () => {
  const publicKeyText = 'known';
  const headerOf = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url');
  let lines: string[] = [];
  const server = () => {
    lines = [];
    return new PeerServer({
      peers: new Map([['us-east-1', { publicKeyText } as Peer]]),
      messages: new Messages({
        identity: {} as never,
        taken: {} as never,
        wallClock: wallClock(),
      }),
      transportKey: {} as never,
      replicas: {} as PeerReplicas,
      wallClock: wallClock(),
      log: makeLog({ level: 'warn', destination: { write: (line) => void lines.push(line) } }),
    });
  };

  it('is read whole only when its header names one', () => {
    const asked = server();
    expect(asked.namesPeer(`${headerOf({ alg: 'EdDSA', kid: publicKeyText })}.e30`)).toBe(true);
  });

  it.each([
    { name: 'nothing', head: '' },
    { name: 'no header', head: 'a'.repeat(65_536) },
    { name: 'a header of another sender', head: `${headerOf({ kid: 'other' })}.` },
    { name: 'a header that is no JSON', head: 'AAAA.' },
    { name: 'a deep header', head: `${Buffer.from('{"a":['.repeat(1000)).toString('base64url')}.` },
  ])('is refused before more of it is read: $name', ({ head }) => {
    expect(server().namesPeer(head)).toBe(false);
  });

  it('is a line of the log and no stack, however often it comes', async () => {
    const asked = server();
    for (let times = 0; times < 100; times += 1) {
      expect(await asked.handle(`${headerOf({ kid: 'other' })}.e30.AA`)).toBeUndefined();
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('stack');
  });
});
