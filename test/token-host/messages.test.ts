/** What one side of a token host believes of the other's messages: nothing that isn't one. */
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameError, FrameReader } from '../../src/token-host/protocol/frames.js';
import { hostMessage, serverMessage } from '../../src/token-host/protocol/messages.js';
import type { HostMessage, ServerMessage } from '../../src/token-host/protocol/protocol.js';

const octets = Buffer.from('octets');
const settings = {
  id: 'root',
  module: '/lib/softhsm.so',
  label: 'root',
  vendor: 'softhsm',
  sessions: 8,
  callTimeoutMs: 1000,
  managementTimeoutMs: 1000,
  startTimeoutMs: 1000,
  maxQueued: 64,
  env: { SOFTHSM2_CONF: '/x' },
};
const handle = Buffer.alloc(8, 1);
const info = { label: 'l', serial: 's', manufacturer: 'm', model: 'm', firmware: '2.6' };

const fromServer: readonly ServerMessage[] = [
  ['start', settings, octets],
  ['worker', handle],
  ['list'],
  ['call', 1, 'encrypt', 'id', 3, handle, octets],
  ['stop'],
];
const fromHost: readonly HostMessage[] = [
  ['hello', octets, 'worker'],
  ['login'],
  ['logged-in'],
  ['absent'],
  ['ready', { info, slot: handle, threads: 'single', maxSessions: 16 }],
  ['beat', 0, 12],
  ['fatal', 0xa0, 'refused'],
  ['last-try'],
  ['misconfigured', 'text'],
  ['unstartable', 'text'],
  ['proof', 'unshared'],
  ['listing', 3],
  [
    'objects',
    ['id'],
    [
      ['id', 'label', 'secret', 31, handle],
      ['id', 'label', 'private', undefined, handle],
    ],
  ],
  ['listed'],
  ['result', 1, octets],
  ['failed', 1, 5, 'session'],
  ['fault', 1, 'invalid', 'text'],
  ['no-session', 1],
];

/** Every message that one wrong member, one more or one fewer makes of this one. */
function spoilt(message: readonly unknown[]): unknown[] {
  const wrong = message.map((_, place) => message.with(place, { of: 'no shape' }));
  return [...wrong, [...message, 0], message.slice(0, -1), { ...message }];
}

describe.each([
  { side: 'the server', shape: serverMessage, messages: fromServer },
  { side: 'the host', shape: hostMessage, messages: fromHost },
])('a message of $side', ({ shape, messages }) => {
  it.each(messages.map((message) => [message[0], message] as const))('%s', (_kind, message) => {
    expect(shape(message)).toBe(true);
    for (const other of spoilt(message)) expect(shape(other)).toBe(false);
  });

  it('of another kind is refused', () => {
    for (const other of [undefined, null, 1, 'stop', [], [undefined], ['other'], ['toString']]) {
      expect(shape(other)).toBe(false);
    }
  });
});

it('what is no message ends the connection by a FrameError', () => {
  const reader = new FrameReader(hostMessage, () => undefined);
  expect(() => reader.push(encodeFrame(['result', 'one', octets]))).toThrow(FrameError);
});
