import { ECDH } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { specRow } from '../../../../src/crypto/algorithms.js';
import type { CurveName } from '../../../../src/crypto/curves.js';
import { ServiceError } from '../../../../src/kernel/service-error.js';
import { readPeerKey } from '../../../../src/services/kms/cryptography/peer-key.js';

import { kindsOf } from '../../../support/key-kinds.js';
import {
  ecPair,
  otherPeers,
  spkiOf,
  unreadablePeers,
  withPoint,
} from '../../../support/oracles/ec-keys.js';

const rows = kindsOf('KEY_AGREEMENT').map(({ keySpec }) => ({
  keySpec,
  curve: specRow(keySpec).curve as CurveName,
}));
const crossed = <Row extends object>(peers: readonly Row[]) =>
  rows.flatMap((row) => peers.map((peer) => ({ ...row, ...peer })));

/** What readPeerKey throws; undefined when it takes the key. */
function refusalOf(
  keySpec: (typeof rows)[number]['keySpec'],
  spki: Buffer,
): ServiceError | undefined {
  try {
    readPeerKey(keySpec, spki);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ServiceError);
    return error as ServiceError;
  }
}

describe.each(rows)('$keySpec', ({ keySpec, curve }) => {
  it('takes a point with both coordinates, and a compressed one', () => {
    const { publicKey } = ecPair(curve);
    const spki = spkiOf(publicKey);
    const compressed = withPoint(
      spki,
      (point) => ECDH.convertKey(point, curve, undefined, undefined, 'compressed') as Buffer,
    );
    expect(readPeerKey(keySpec, spki).equals(publicKey)).toBe(true);
    expect(compressed.length).toBeLessThan(spki.length);
    const opened = readPeerKey(keySpec, compressed);
    expect(opened.export({ format: 'jwk' })).toEqual(publicKey.export({ format: 'jwk' }));
  });

  it('refuses a hybrid point, a shorter form of the length, and octets after the end', () => {
    const spki = spkiOf(ecPair(curve).publicKey);
    const hybrid = withPoint(
      spki,
      (point) => ECDH.convertKey(point, curve, undefined, undefined, 'hybrid') as Buffer,
    );
    // BER's indefinite length in place of DER's definite one.
    const head = spki[1] === 0x81 ? 3 : 2;
    const ber = Buffer.concat([Buffer.from([0x30, 0x80]), spki.subarray(head), Buffer.alloc(2)]);
    for (const bad of [hybrid, ber, Buffer.concat([spki, Buffer.alloc(1)])]) {
      expect(refusalOf(keySpec, bad)).toMatchObject({ hasMessage: false });
    }
  });

  it('whatever is changed, refuses it or has a key on the curve', () => {
    const spki = spkiOf(ecPair(curve).publicKey);
    const change = fc.record({
      at: fc.nat(spki.length - 1),
      octet: fc.nat(255),
      length: fc.integer({ min: 0, max: spki.length }),
    });
    fc.assert(
      fc.property(change, ({ at, octet, length }) => {
        const changed = Buffer.from(spki);
        changed[at] = octet;
        const bad = changed.subarray(0, length);
        const refusal = refusalOf(keySpec, bad);
        if (refusal) expect(refusal.code).toBe('ValidationException');
        else expect(readPeerKey(keySpec, bad).asymmetricKeyDetails?.namedCurve).toBe(curve);
      }),
      { numRuns: 500 },
    );
  });
});

it.each(crossed(unreadablePeers))('$keySpec refuses $what', ({ keySpec, curve, spki }) => {
  const refusal = refusalOf(keySpec, spki(curve));
  expect(refusal).toMatchObject({ code: 'ValidationException', hasMessage: false });
});

it.each(crossed(otherPeers))('$keySpec refuses a key of $what', ({ keySpec, curve, spki }) => {
  const refusal = refusalOf(keySpec, spki(curve));
  expect(refusal).toMatchObject({ code: 'ValidationException', hasMessage: false });
});
