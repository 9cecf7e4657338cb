import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { digestInfo } from '../../src/crypto/digest-info.js';
import { openssl } from '../support/oracles/openssl.js';

it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const)(
  'DigestInfo of %s is what OpenSSL reads',
  async (hash) => {
    const digest = createHash(hash).update('a message').digest();
    const encoded = digestInfo(hash, digest);
    const parsed = await openssl(['asn1parse', '-inform', 'DER', '-in', 'info'], { info: encoded });
    const lines = parsed.toString().trimEnd().split('\n');
    const types = lines.map((line) => /: (\w+( STRING)?) /.exec(line)?.[1]);
    expect(types).toEqual(['SEQUENCE', 'SEQUENCE', 'OBJECT', 'NULL', 'OCTET STRING']);
    expect(lines[2]).toMatch(new RegExp(`:${hash}$`));
    expect(lines[4]).toContain(`[HEX DUMP]:${digest.toString('hex').toUpperCase()}`);
  },
);
