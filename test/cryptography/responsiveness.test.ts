import { describe, expect, it } from 'vitest';
import { ownKmsServer } from './kms-server.js';

const server = ownKmsServer({
  freshPairs: true,
  // All of them are to be made, however long a busy machine takes.
  yaml: { limits: { requestTimeoutMs: 600_000 } },
});
const GENERATIONS = 8;
const DESCRIPTIONS = 50;

describe('software, while it makes RSA-4096 pairs', () => {
  it('answers DescribeKey', async () => {
    const { id } = await server.newKey('software', {
      keySpec: 'SYMMETRIC_DEFAULT',
      keyUsage: 'ENCRYPT_DECRYPT',
    });
    let ended = 0;
    const generations = Array.from({ length: GENERATIONS }, async () => {
      const input = { KeyId: id, KeyPairSpec: 'RSA_4096' } as const;
      const { PublicKey } = await server.kms.generateDataKeyPairWithoutPlaintext(input);
      ended += 1;
      return PublicKey;
    });
    // Counted as events, not timed: all descriptions are answered before the last pair is.
    for (let described = 0; described < DESCRIPTIONS; described += 1) {
      await server.kms.describeKey({ KeyId: id });
    }
    expect(ended).toBeLessThan(GENERATIONS);
    expect(new Set((await Promise.all(generations)).map(String)).size).toBe(GENERATIONS);
  });
});
