import { constants, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { wallClock } from '../../../../src/kernel/time.js';
import { Envelope, openEnvelope } from '../../../../src/services/kms/peers/envelope.js';
import type { PeerIdentity } from '../../../../src/services/kms/peers/identity.js';
import {
  MessageError,
  Messages,
  type MessagesOptions,
} from '../../../../src/services/kms/peers/messages.js';
import { type Peer, readPeers } from '../../../../src/services/kms/peers/peer-config.js';

function identity(): PeerIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKeyText: String(publicKey.export({ format: 'jwk' }).x) };
}

const peerOf = ({ publicKeyText }: PeerIdentity): Peer => {
  const peers = readPeers({ 'eu-west-1': `https://example.com/#ed25519:${publicKeyText}` });
  return peers.get('eu-west-1') as Peer;
};

const [alice, bob, mallory] = [identity(), identity(), identity()];
const NOW = 1_700_000_000_000;

/** What the servers on one database have taken. */
function takenBy(): MessagesOptions['taken'] {
  const ids = new Set<string>();
  return {
    takeMessage: async (id) => ids.size < ids.add(id).size,
  };
}

function messagesOf(own: PeerIdentity, now = NOW, taken = takenBy()): Messages {
  return new Messages({ identity: own, wallClock: wallClock(() => now), taken });
}

const question = { method: 'put', body: { a: 1 } };

async function fromAlice(to = bob, at = NOW): Promise<string> {
  return (await messagesOf(alice, at).sign(to.publicKeyText, question)).text;
}

describe('a signed message', () => {
  it('reaches its receiver with its sender', async () => {
    const { from, message } = await messagesOf(bob).take(await fromAlice(), [peerOf(alice)]);
    expect(from.publicKeyText).toBe(alice.publicKeyText);
    expect(message).toMatchObject(question);
  });

  it('is taken once', async () => {
    const receiver = messagesOf(bob);
    const text = await fromAlice();
    await receiver.take(text, [peerOf(alice)]);
    await expect(receiver.take(text, [peerOf(alice)])).rejects.toThrow('sent a second time');
  });

  it('is taken once by the servers on one database, and after a restart', async () => {
    const taken = takenBy();
    const text = await fromAlice();
    await messagesOf(bob, NOW, taken).take(text, [peerOf(alice)]);
    const again = messagesOf(bob, NOW, taken).take(text, [peerOf(alice)]);
    await expect(again).rejects.toThrow('sent a second time');
  });

  it.each([
    ['the question that was asked', 'a question', true],
    ['another question', 'another', false],
  ])('in answer to %s', async (_what, answers, isTaken) => {
    const sent = { ...question, answers };
    const { text } = await messagesOf(alice).sign(bob.publicKeyText, sent);
    const answer = messagesOf(bob).takeAnswer(text, peerOf(alice), 'a question');
    if (isTaken) expect(await answer).toMatchObject(sent);
    else await expect(answer).rejects.toBeInstanceOf(MessageError);
  });

  it.each<[string, () => Promise<string>, readonly PeerIdentity[]]>([
    ['of an unknown sender', () => fromAlice(), [mallory]],
    ['for another server', () => fromAlice(mallory), [alice]],
    ['from the past', () => fromAlice(bob, NOW - 61_000), [alice]],
    ['from the future', () => fromAlice(bob, NOW + 61_000), [alice]],
    ['without a signature', async () => (await fromAlice()).replace(/[^.]+$/, ''), [alice]],
    [
      'that claims to be of another',
      async () => {
        const text = await fromAlice();
        const [, payload, signature] = text.split('.');
        const header = { alg: 'EdDSA', kid: mallory.publicKeyText };
        const forged = Buffer.from(JSON.stringify(header)).toString('base64url');
        return `${forged}.${payload}.${signature}`;
      },
      [alice, mallory],
    ],
    [
      'with another algorithm',
      async () => {
        const [, payload] = (await fromAlice()).split('.');
        const header = { alg: 'none', kid: alice.publicKeyText };
        return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.`;
      },
      [alice],
    ],
    [
      'that was changed',
      async () => {
        const [header, payload, signature] = (await fromAlice()).split('.');
        const body = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
        const other = Buffer.from(JSON.stringify({ ...body, method: 'x' })).toString('base64url');
        return `${header}.${other}.${signature}`;
      },
      [alice],
    ],
  ])('%s is refused', async (_, make, known) => {
    const taken = messagesOf(bob).take(await make(), known.map(peerOf));
    await expect(taken).rejects.toBeInstanceOf(MessageError);
  });
});

describe('an envelope', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const place = { accountId: '1', keyId: 'mrk-1', region: 'eu-west-1', materialId: 'a' };
  const secret = Buffer.from('the secret material');
  const envelope = new Envelope({ publicKey: spki, hash: 'sha256' });
  const sealed = envelope.seal(secret, place);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, envelope.wrappedKey);

  it('opens with the key that the receiver unwraps, and shows nothing before', () => {
    expect(openEnvelope(key, sealed, place)).toEqual(secret);
    expect(sealed.includes(secret)).toBe(false);
  });

  it.each([
    ['another account', { accountId: '2' }],
    ['another key', { keyId: 'mrk-2' }],
    ['another Region', { region: 'us-east-1' }],
    ['another material', { materialId: 'b' }],
  ])('does not open for %s', (_, other) => {
    expect(() => openEnvelope(key, sealed, { ...place, ...other })).toThrow();
  });

  it('does not open with another key, nor when it was changed', () => {
    expect(() => openEnvelope(randomBytes(32), sealed, place)).toThrow();
    for (const at of [0, 12, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openEnvelope(key, changed, place)).toThrow();
    }
  });
});

describe('the setting of a peer', () => {
  it.each(['https://example.com', 'https://example.com#ed25519:short', '#ed25519:'])(
    'is not %s',
    (text) => {
      expect(() => readPeers({ 'eu-west-1': text })).toThrow('peers.eu-west-1 must be');
    },
  );
});
