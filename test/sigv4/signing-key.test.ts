import { describe, expect, it } from 'vitest';
import { deriveSigningKey, SigningKeyCache } from '../../src/sigv4/signing-key.js';
import {
  ALICE,
  LIST_KEYS,
  refusalOf,
  SECRET_ACCESS_KEY,
  signedByAws,
  verifierFor,
} from './signed-by-aws.js';

const SCOPE = { accessKeyId: 'AKIA1', date: '20240229', region: 'us-east-1', service: 'kms' };

describe('the cache of signing keys', () => {
  it('derives once', () => {
    const cache = new SigningKeyCache();
    const key = cache.get(SCOPE, 'secret');
    expect(key).toEqual(deriveSigningKey('secret', '20240229', 'us-east-1', 'kms'));
    expect(cache.get({ ...SCOPE }, 'secret')).toBe(key);
  });

  it.each([
    { what: 'access key', other: { accessKeyId: 'AKIA2' } },
    { what: 'date', other: { date: '20240301' } },
    { what: 'Region', other: { region: 'eu-west-1' } },
    { what: 'service', other: { service: 'iam' } },
  ])('keeps each $what apart', ({ other }) => {
    const cache = new SigningKeyCache();
    expect(cache.get({ ...SCOPE, ...other }, 'secret')).not.toBe(cache.get(SCOPE, 'secret'));
    expect(cache.size).toBe(2);
  });

  it('replaces and overwrites the key of a rotated secret', () => {
    const cache = new SigningKeyCache();
    const old = cache.get(SCOPE, 'old secret');
    expect(cache.get(SCOPE, 'new secret')).toEqual(
      deriveSigningKey('new secret', '20240229', 'us-east-1', 'kms'),
    );
    expect(old).toEqual(Buffer.alloc(32));
    expect(cache.size).toBe(1);
  });

  it('stays within its bounds', () => {
    const cache = new SigningKeyCache(3);
    const first = cache.get(SCOPE, 'secret');
    for (let at = 0; at < 10; at += 1) cache.get({ ...SCOPE, region: `r-${at}` }, 'secret');
    expect(cache.size).toBe(3);
    expect(first).toEqual(Buffer.alloc(32));
  });
});

describe('a verifier whose access key rotates', () => {
  it('goes by the new secret from the next request on', async () => {
    const accessKeys = [ALICE];
    const verifier = verifierFor({ accessKeys });
    const before = await signedByAws(LIST_KEYS);
    const after = await signedByAws({ ...LIST_KEYS, secretAccessKey: 'rotated' });
    expect(verifier.verify(before)).toMatchObject({ principal: 'alice' });

    accessKeys[0] = { ...ALICE, secretAccessKey: 'rotated' };
    expect(refusalOf(verifier, before)).toMatchObject({ code: 'InvalidSignatureException' });
    expect(verifier.verify(after)).toMatchObject({ principal: 'alice' });

    accessKeys[0] = { ...ALICE, secretAccessKey: SECRET_ACCESS_KEY };
    expect(refusalOf(verifier, after)).toMatchObject({ code: 'InvalidSignatureException' });
    expect(verifier.verify(before)).toMatchObject({ principal: 'alice' });
  });
});
