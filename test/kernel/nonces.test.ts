import { describe, expect, it } from 'vitest';
import { randomNonce } from '../../src/kernel/nonces.js';

describe('randomNonce', () => {
  it('gives out every octet once', () => {
    const taken = new Map<ArrayBufferLike, Set<number>>();
    for (let count = 0; count < 20_000; count += 1) {
      const { buffer, byteOffset, length } = randomNonce(1 + (count % 32));
      const octets = taken.get(buffer) ?? new Set();
      taken.set(buffer, octets);
      for (let at = byteOffset; at < byteOffset + length; at += 1) {
        expect(octets.has(at)).toBe(false);
        octets.add(at);
      }
    }
    expect(taken.size).toBeGreaterThan(50);
  });

  it('never answers the same twice', () => {
    const seen = new Set<string>();
    for (let count = 0; count < 50_000; count += 1) seen.add(randomNonce(12).toString('hex'));
    expect(seen.size).toBe(50_000);
  });

  it('changes no nonce that was given out', () => {
    const first = randomNonce(16);
    const before = first.toString('hex');
    for (let count = 0; count < 1000; count += 1) randomNonce(16);
    expect(first.toString('hex')).toBe(before);
  });

  it('has the length that was asked for, and refuses what is too long for a nonce', () => {
    for (const length of [1, 12, 16, 256]) expect(randomNonce(length)).toHaveLength(length);
    expect(() => randomNonce(257)).toThrow(RangeError);
  });
});
