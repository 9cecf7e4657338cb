import { describe, expect, it } from 'vitest';
import { unreadablePeers } from '../support/oracles/ec-keys.js';
import { kmsServer } from './kms-server.js';
import {
  disabled,
  dryRun,
  type Expected,
  expectRefusal,
  invalidCiphertext,
  invalidMac,
  invalidSignature,
  pendingDeletion,
  unreadablePeer,
  wrongUsage,
} from './refusals.js';
import { STORES } from './stores.js';
import { smallKinds, type Use, uses } from './uses.js';

const server = kmsServer();
const dryUses = uses.filter((use) => use.dryRun);
const useNamed = (name: string) => uses.find(({ operation }) => operation === name) as Use;

const STATES = [
  {
    state: 'Disabled',
    enter: (KeyId: string) => server.kms.disableKey({ KeyId }),
    leave: (KeyId: string) => server.kms.enableKey({ KeyId }),
    refusal: disabled,
  },
  {
    state: 'PendingDeletion',
    enter: (KeyId: string) => server.kms.scheduleKeyDeletion({ KeyId }),
    leave: async (KeyId: string) => {
      await server.kms.cancelKeyDeletion({ KeyId });
      await server.kms.enableKey({ KeyId });
    },
    refusal: pendingDeletion,
  },
];

/** What a dry run must look at: members that would fail, and how. */
const LOOKS: readonly { operation: string; wrong: object; refusal: Expected }[] = [
  { operation: 'Verify', wrong: { Signature: Buffer.alloc(70) }, refusal: invalidSignature },
  { operation: 'VerifyMac', wrong: { Mac: Buffer.alloc(32) }, refusal: invalidMac },
  {
    operation: 'DeriveSharedSecret',
    wrong: { PublicKey: unreadablePeers[0]?.spki('prime256v1') },
    refusal: unreadablePeer,
  },
  {
    operation: 'Decrypt',
    wrong: { CiphertextBlob: Buffer.alloc(256) },
    refusal: invalidCiphertext,
  },
  {
    operation: 'ReEncrypt',
    wrong: { CiphertextBlob: Buffer.alloc(256) },
    refusal: invalidCiphertext,
  },
];

describe.each(STORES)('uses of %s keys', (store) => {
  describe.each(STATES)('$state', ({ enter, leave, refusal }) => {
    it.each(uses)('$operation', async ({ kind, members, send }) => {
      const { id, arn } = await server.newKey(store, kind);
      const good = await members(server.kms, id);
      await send(server.kms, id, good);
      await enter(id);
      await expectRefusal(send(server.kms, id, good), refusal(arn));
      await leave(id);
      await send(server.kms, id, good);
    });
  });

  it.each(dryUses)('$operation as a dry run', async ({ kind, members, send }) => {
    const { id } = await server.key(store, kind);
    const good = await members(server.kms, id);
    await expectRefusal(send(server.kms, id, { ...good, DryRun: true }), dryRun);
    await send(server.kms, id, { ...good, DryRun: false });
  });

  it.each(dryUses)('$operation as a dry run of a disabled key', async ({ kind, members, send }) => {
    const { id, arn } = await server.newKey(store, kind);
    const good = await members(server.kms, id);
    await server.kms.disableKey({ KeyId: id });
    await expectRefusal(send(server.kms, id, { ...good, DryRun: true }), disabled(arn));
  });

  it.each(LOOKS)('$operation as a dry run looks closely', async ({ operation, wrong, refusal }) => {
    const { kind, members, send } = useNamed(operation);
    const { id } = await server.key(store, kind);
    const bad = { ...(await members(server.kms, id)), ...wrong, DryRun: true };
    await expectRefusal(send(server.kms, id, bad), refusal);
  });

  const wrong = uses
    .filter(({ operation }) => operation !== 'GetPublicKey')
    .flatMap((use) =>
      Object.values(smallKinds)
        .filter(({ keyUsage }) => keyUsage !== use.kind.keyUsage)
        .map((other) => ({ use, operation: use.operation, other, usage: other.keyUsage })),
    );
  it.each(wrong)('$operation refuses a key for $usage', async ({ use, other, usage }) => {
    const good = await use.members(server.kms, (await server.key(store, use.kind)).id);
    const { id, arn } = await server.key(store, other);
    const refusal = wrongUsage(arn, usage, use.operation);
    await expectRefusal(use.send(server.kms, id, good), refusal);
  });
});

describe('the operations of asymmetric and MAC keys', () => {
  it('have a row each', () => {
    const names = uses.map(({ operation }) => operation);
    expect(new Set(names).size).toBe(names.length);
    expect(LOOKS.every(({ operation }) => names.includes(operation))).toBe(true);
  });
});
