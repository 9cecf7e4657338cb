import { expect, it } from 'vitest';
import { PendingCalls } from '../../src/token-host/client/pending-calls.js';
import { ShapeError } from '../../src/token-host/protocol/call.js';
import { packBody } from '../../src/token-host/protocol/frames.js';
import type { ServerMessage } from '../../src/token-host/protocol/protocol.js';
import { soon } from '../support/waiting.js';

function host() {
  const sent: ServerMessage[] = [];
  return { sent, send: (message: ServerMessage) => void sent.push(structuredClone(message)) };
}

it('a result that is none of its call proves nothing, and the call goes to the next host', async () => {
  let proofs = 0;
  const pending = new PendingCalls(10, 1, () => {
    proofs += 1;
  });
  const [first, second] = [host(), host()];
  pending.attach(first);
  const args = { hash: 'sha256', message: Buffer.from('message') } as const;
  const call = pending.run('mac', 'key', args, soon());
  expect(() => pending.receive(['result', 1, packBody('no bytes')])).toThrow(ShapeError);
  expect(proofs).toBe(0);
  pending.detach(false);
  pending.attach(second);
  expect(second.sent).toEqual(first.sent);
  pending.receive(['result', 1, packBody(Buffer.from('MAC'))]);
  expect(await call).toEqual(Buffer.from('MAC'));
  expect(proofs).toBe(1);
});

it('a call whose time is up before it is made is not blamed on the token, which never sees it', async () => {
  const pending = new PendingCalls(10, 1, () => {});
  const token = host();
  pending.attach(token);
  await expect(pending.run('random', '', { length: 1 }, Date.now())).rejects.toMatchObject({
    kind: 'late',
  });
  expect(token.sent).toEqual([]);
});
