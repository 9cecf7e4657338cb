import { expect, it } from 'vitest';
import { ObjectMap } from '../../src/token-host/client/object-map.js';
import { type CallReceiver, PendingCalls } from '../../src/token-host/client/pending-calls.js';
import type { ThreadLink } from '../../src/token-host/client/thread-link.js';
import { ShapeError } from '../../src/token-host/protocol/call.js';
import { packBody } from '../../src/token-host/protocol/frames.js';
import type { ServerMessage } from '../../src/token-host/protocol/protocol.js';
import { soon } from '../support/waiting.js';

/** A host of one thread with room for everything, and what it was sent. */
function host() {
  const sent: ServerMessage[] = [];
  const running = new Map<number, object>();
  const give = (id: number, call: object, message: ServerMessage) => {
    running.set(id, call);
    sent.push(structuredClone(message));
  };
  const link = { thread: 'worker', running, give } as unknown as ThreadLink;
  const receiver: CallReceiver = { management: link, worker: () => link, uses: () => false };
  return { sent, receiver };
}

function pendingCalls(onResult: () => void = () => {}): PendingCalls {
  const objects = new ObjectMap();
  objects.apply([], [['key', 'label', 'secret', 0x10, Buffer.alloc(8, 1)]]);
  return new PendingCalls({
    limit: 10,
    loadedKeys: 2,
    objects,
    onResult,
    onUnusable: () => false,
    onCall: () => {},
  });
}

it('a result that is none of its call proves nothing, and the call goes to the next host', async () => {
  let proofs = 0;
  const pending = pendingCalls(() => {
    proofs += 1;
  });
  const [first, second] = [host(), host()];
  pending.attach(first.receiver);
  const args = { hash: 'sha256', message: Buffer.from('message') } as const;
  const call = pending.run('mac', 'key', args, soon());
  expect(() => pending.receive(['result', 1, packBody('no bytes')])).toThrow(ShapeError);
  expect(proofs).toBe(0);
  pending.detach(false);
  pending.attach(second.receiver);
  expect(second.sent).toEqual(first.sent);
  pending.receive(['result', 1, packBody(Buffer.from('MAC'))]);
  expect(await call).toEqual(Buffer.from('MAC'));
  expect(proofs).toBe(1);
});

it('a call whose time is up before it is made is not blamed on the token, which never sees it', async () => {
  const pending = pendingCalls();
  const token = host();
  pending.attach(token.receiver);
  await expect(pending.run('random', '', { length: 1 }, Date.now())).rejects.toMatchObject({
    kind: 'late',
  });
  expect(token.sent).toEqual([]);
});

it('a key that no listing has named yet is searched for once, for all who wait for it', async () => {
  const objects = new ObjectMap();
  const pending = new PendingCalls({
    limit: 10,
    loadedKeys: 2,
    objects,
    onResult: () => {},
    onUnusable: () => false,
    onCall: () => {},
  });
  const { sent, receiver } = host();
  pending.attach(receiver);
  const args = { hash: 'sha256', message: Buffer.from('message') } as const;
  const [one, other] = ['key', 'key'].map((key) => pending.run('mac', key, args, soon()));
  await expect.poll(() => sent.length).toBe(1);
  expect(sent[0]?.[2]).toBe('findObject');
  objects.apply(['key'], [['key', 'label', 'secret', 0x10, Buffer.alloc(8, 7)]]);
  const found = { label: 'label', objectClass: 'secret', keyType: 0x10 };
  pending.receive(['result', Number(sent[0]?.[1]), packBody(found)]);
  await expect.poll(() => sent.length).toBe(3);
  for (const [kind, id, name, , , handle] of sent.slice(1)) {
    expect([kind, name, handle]).toEqual(['call', 'mac', new Uint8Array(8).fill(7)]);
    pending.receive(['result', Number(id), packBody(Buffer.from('MAC'))]);
  }
  expect(await Promise.all([one, other])).toEqual([Buffer.from('MAC'), Buffer.from('MAC')]);
});

it('a key that the token was searched for in vain, or has twice, fails by name', async () => {
  const objects = new ObjectMap();
  const handles = [1, 2].map((octet) => Buffer.alloc(8, octet));
  objects.apply(
    [],
    handles.map((handle) => ['twice', 'l', 'secret', 0x10, handle]),
  );
  objects.endListing();
  const pending = new PendingCalls({
    limit: 10,
    loadedKeys: 2,
    objects,
    onResult: () => {},
    onUnusable: () => false,
    onCall: () => {},
  });
  pending.attach(host().receiver);
  const args = { hash: 'sha256', message: Buffer.from('message') } as const;
  for (const key of ['twice', 'absent']) {
    await expect(pending.run('mac', key, args, soon())).rejects.toMatchObject({
      kind: 'no-such-key',
    });
  }
});
