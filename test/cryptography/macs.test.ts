import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type MacAlgorithm, specRow } from '../../src/crypto/algorithms.js';

import { rowsOf } from '../support/key-kinds.js';
import { kmsServer, octets, type TestKey } from './kms-server.js';
import { expectRefusal, invalidMac, wrongAlgorithm } from './refusals.js';
import { STORES } from './stores.js';

const server = kmsServer();
const rows = rowsOf<MacAlgorithm>('GENERATE_VERIFY_MAC');
const membersOf = (key: TestKey, MacAlgorithm: MacAlgorithm, Message: Buffer) => ({
  KeyId: key.id,
  MacAlgorithm,
  Message,
});

describe.each(STORES)('MACs with %s keys', (store) => {
  it.each(rows)('$algorithm of 1 to 4,096 octets', async ({ kind, keySpec, algorithm }) => {
    const key = await server.key(store, kind);
    for (const length of [1, 100, 4096]) {
      const members = membersOf(key, algorithm, randomBytes(length));
      const made = await server.kms.generateMac(members);
      expect(made).toMatchObject({ KeyId: key.arn, MacAlgorithm: algorithm });
      expect(made.Mac).toHaveLength(specRow(keySpec).bytes);
      const again = await server.kms.generateMac(members);
      expect(octets(again.Mac)).toEqual(octets(made.Mac));
      const verified = await server.kms.verifyMac({ ...members, Mac: made.Mac });
      expect(verified).toMatchObject({ KeyId: key.arn, MacValid: true, MacAlgorithm: algorithm });
    }
  });

  it.each(rows)('$algorithm, tampered with, is wrong', async ({ kind, algorithm }) => {
    const key = await server.key(store, kind);
    const members = membersOf(key, algorithm, randomBytes(100));
    const mac = octets((await server.kms.generateMac(members)).Mac);
    const changed = [0, mac.length - 1].map((at) => {
      const copy = Buffer.from(mac);
      copy[at] = (copy[at] ?? 0) ^ 0x80;
      return copy;
    });
    const wrong = [
      ...changed,
      mac.subarray(0, -1),
      mac.subarray(0, 1),
      Buffer.concat([mac, Buffer.alloc(1)]),
      Buffer.alloc(mac.length),
      Buffer.alloc(6144),
    ];
    for (const Mac of wrong) {
      await expectRefusal(server.kms.verifyMac({ ...members, Mac }), invalidMac);
    }
    const other = { ...members, Message: randomBytes(100), Mac: mac };
    await expectRefusal(server.kms.verifyMac(other), invalidMac);
  });

  it.each(rows)('$algorithm of another key is wrong', async ({ kind, algorithm }) => {
    const members = membersOf(await server.key(store, kind), algorithm, randomBytes(100));
    const { Mac } = await server.kms.generateMac(members);
    const { id } = await server.newKey(store, kind);
    await expectRefusal(server.kms.verifyMac({ ...members, KeyId: id, Mac }), invalidMac);
  });

  it.each(rows)('$keySpec has $algorithm only', async ({ kind, keySpec, algorithm }) => {
    const key = await server.key(store, kind);
    for (const other of rows.filter((row) => row.algorithm !== algorithm)) {
      const members = membersOf(key, other.algorithm, randomBytes(100));
      const refusal = wrongAlgorithm(other.algorithm, keySpec);
      await expectRefusal(server.kms.generateMac(members), refusal);
      const Mac = randomBytes(specRow(other.keySpec).bytes);
      await expectRefusal(server.kms.verifyMac({ ...members, Mac }), refusal);
    }
  });
});
