import { createPublicKey, diffieHellman } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { specRow } from '../../src/crypto/algorithms.js';
import { type KeyKind, kindsOf } from '../support/key-kinds.js';
import { ecPair, otherPeers, spkiOf, unreadablePeers } from '../support/oracles/ec-keys.js';
import { openssl } from '../support/oracles/openssl.js';
import { kmsServer, octets, type TestKey } from './kms-server.js';
import { expectRefusal, unreadablePeer } from './refusals.js';
import { STORES } from './stores.js';

const server = kmsServer();
const kinds = kindsOf('KEY_AGREEMENT');
const curveOf = ({ keySpec }: KeyKind) => specRow(keySpec).curve ?? 'prime256v1';

const derive = ({ id }: TestKey, PublicKey: Buffer) =>
  server.kms.deriveSharedSecret({ KeyId: id, KeyAgreementAlgorithm: 'ECDH', PublicKey });

describe.each(STORES)('key agreement with %s keys', (store) => {
  it.each(kinds)("$keySpec agrees with OpenSSL's key", async (kind) => {
    const key = await server.key(store, kind);
    const peer = ecPair(curveOf(kind));
    const answer = await derive(key, spkiOf(peer.publicKey));
    expect(answer).toMatchObject({
      KeyId: key.arn,
      KeyAgreementAlgorithm: 'ECDH',
      KeyOrigin: store === 'software' ? 'AWS_KMS' : 'AWS_CLOUDHSM',
    });
    const secret = await openssl(
      [
        ...['pkeyutl', '-derive', '-keyform', 'DER', '-inkey', 'mine'],
        ...['-peerform', 'DER', '-peerkey', 'theirs'],
      ],
      {
        mine: peer.privateKey.export({ format: 'der', type: 'pkcs8' }),
        theirs: await server.publicKey(key),
      },
    );
    expect(octets(answer.SharedSecret)).toEqual(secret);
    expect(secret).toHaveLength(specRow(kind.keySpec).bytes);
  });

  it.each(kinds)('$keySpec keeps leading zeros', async (kind) => {
    const key = await server.key(store, kind);
    const publicKey = createPublicKey({
      key: await server.publicKey(key),
      format: 'der',
      type: 'spki',
    });
    // One secret of 256 starts with a zero octet (of P-521, one of two).
    for (;;) {
      const peer = ecPair(curveOf(kind));
      const secret = diffieHellman({ privateKey: peer.privateKey, publicKey });
      if (secret[0] !== 0 || (kind.keySpec === 'ECC_NIST_P521' && secret[1] !== 0)) continue;
      const answer = await derive(key, spkiOf(peer.publicKey));
      expect(octets(answer.SharedSecret)).toEqual(secret);
      return;
    }
  });

  it.each(kinds)('two $keySpec keys agree', async (kind) => {
    const mine = await server.key(store, kind);
    const theirs = await server.newKey('software', kind);
    const here = await derive(mine, await server.publicKey(theirs));
    const there = await derive(theirs, await server.publicKey(mine));
    expect(octets(here.SharedSecret)).toEqual(octets(there.SharedSecret));
  });

  const unreadable = kinds.flatMap((kind) =>
    unreadablePeers.map((peer) => ({ ...peer, kind, keySpec: kind.keySpec })),
  );
  it.each(unreadable)('$keySpec refuses $what', async ({ kind, spki }) => {
    const key = await server.key(store, kind);
    await expectRefusal(derive(key, spki(curveOf(kind))), unreadablePeer);
  });

  const others = kinds.flatMap((kind) =>
    otherPeers.map((peer) => ({ ...peer, kind, keySpec: kind.keySpec })),
  );
  it.each(others)('$keySpec refuses a key of $what', async ({ kind, spki }) => {
    const key = await server.key(store, kind);
    await expectRefusal(derive(key, spki(curveOf(kind))), unreadablePeer);
  });
});
