import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingRow, specRow } from '../../src/crypto/algorithms.js';
import { type KeyKind, kindsOf, type SigningRow, signingRows } from '../support/key-kinds.js';
import { externalMu, mlDsaSizes, rawMlDsaKey } from '../support/oracles/ml-dsa.js';
import { acceptsElsewhere } from '../support/oracles/signatures.js';
import { kmsServer, octets, type TestKey } from './kms-server.js';
import { beyondToken, expectRefusal, invalidSignature } from './refusals.js';
import { canMake, canUse, STORES } from './stores.js';

const server = kmsServer();

/** The form in which a message is signed. */
function formOf(row: SigningRow, message: Buffer, publicKey: Buffer): Buffer {
  if (row.messageType === 'RAW') return message;
  if (row.messageType === 'EXTERNAL_MU') {
    return externalMu(rawMlDsaKey(row.keySpec, publicKey), message);
  }
  return createHash(signingRow(row.algorithm).hash ?? 'sha512')
    .update(message)
    .digest();
}

/** A changed octet at the start, in the middle, at the end; one too few, one too many. */
function tampered(signature: Buffer): Buffer[] {
  const changed = [0, signature.length >> 1, signature.length - 1].map((at) => {
    const copy = Buffer.from(signature);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  });
  return [...changed, signature.subarray(0, -1), Buffer.concat([signature, Buffer.alloc(1)])];
}

/** Octets of a signature, where the algorithm fixes them. */
function signatureLength({ keySpec, algorithm }: SigningRow): number | undefined {
  const { scheme } = signingRow(algorithm);
  if (scheme === 'ecdsa') return undefined;
  if (scheme === 'ml-dsa') return mlDsaSizes[keySpec as keyof typeof mlDsaSizes].signature;
  return specRow(keySpec).keyType === 'rsa' ? specRow(keySpec).bytes : 64;
}

describe.each(STORES)('signing with %s keys', (store) => {
  const usable = signingRows.filter(({ algorithm }) => canUse(store, algorithm));
  const refused = signingRows.filter(
    ({ kind, algorithm }) => canMake(store, kind) && !canUse(store, algorithm),
  );

  const signed = async (row: SigningRow, message = randomBytes(100)) => {
    const key = await server.key(store, row.kind);
    const publicKey = await server.publicKey(key);
    const members = { ...membersOf(row, key), Message: formOf(row, message, publicKey) };
    const answer = await server.kms.sign(members);
    const signature = octets(answer.Signature);
    return { key, publicKey, message, members, answer, signature };
  };

  it.each(usable)('$keySpec $algorithm $messageType is right for others', async (row) => {
    const { key, publicKey, message, members, answer, signature } = await signed(row);
    expect(answer).toMatchObject({ KeyId: key.arn, SigningAlgorithm: row.algorithm });
    const length = signatureLength(row);
    if (length !== undefined) expect(signature).toHaveLength(length);
    // The others know nothing of μ: its signature is the message's.
    const known = row.messageType === 'EXTERNAL_MU' ? message : members.Message;
    expect(await acceptsElsewhere({ ...row, message: known }, publicKey, signature)).toBe(true);
  });

  it.each(usable)('$keySpec $algorithm $messageType is right for Verify', async (row) => {
    const { key, members, signature } = await signed(row);
    const answer = await server.kms.verify({ ...members, Signature: signature });
    expect(answer).toMatchObject({
      KeyId: key.arn,
      SignatureValid: true,
      SigningAlgorithm: row.algorithm,
    });
  });

  it.each(usable)('$keySpec $algorithm $messageType, tampered with, is wrong', async (row) => {
    const { members, signature } = await signed(row);
    for (const Signature of tampered(signature)) {
      await expectRefusal(server.kms.verify({ ...members, Signature }), invalidSignature);
    }
    const Message = Buffer.from(members.Message);
    Message[0] = (Message[0] ?? 0) ^ 1;
    const other = server.kms.verify({ ...members, Message, Signature: signature });
    await expectRefusal(other, invalidSignature);
  });

  const pairs = usable
    .filter(({ messageType }) => messageType === 'RAW')
    .flatMap((raw) =>
      usable
        .filter((row) => row !== raw && sameKeyAndAlgorithm(row, raw))
        .map((hashed) => ({ ...raw, raw, hashed, other: hashed.messageType })),
    );
  it.each(pairs)(
    '$keySpec $algorithm RAW and $other verify each other',
    async ({ raw, hashed }) => {
      for (const [from, to] of [
        [raw, hashed],
        [hashed, raw],
      ] as const) {
        const { key, publicKey, message, signature } = await signed(from);
        const members = { ...membersOf(to, key), Message: formOf(to, message, publicKey) };
        const answer = await server.kms.verify({ ...members, Signature: signature });
        expect(answer.SignatureValid).toBe(true);
      }
    },
  );

  it.each(usable.filter(({ length }) => length === 'any'))(
    '$keySpec $algorithm $messageType takes 1 and 4,096 octets',
    async (row) => {
      for (const length of [1, 4096]) {
        const { members, signature } = await signed(row, randomBytes(length));
        const answer = await server.kms.verify({ ...members, Signature: signature });
        expect(answer.SignatureValid).toBe(true);
      }
    },
  );

  const wrongAlgorithms = kindsOf('SIGN_VERIFY').filter(
    (kind) => kind.algorithms.length > 1 && canMake(store, kind),
  );
  it.each(wrongAlgorithms)(
    "a signature of one of $keySpec's algorithms is wrong for the others",
    async (kind) => {
      const rows = usable.filter((row) => row.kind === kind && row.messageType === 'RAW');
      for (const row of rows) {
        const { members, signature } = await signed(row);
        for (const other of rows.filter(({ algorithm }) => algorithm !== row.algorithm)) {
          const call = server.kms.verify({
            ...members,
            SigningAlgorithm: other.algorithm,
            Signature: signature,
          });
          await expectRefusal(call, invalidSignature);
        }
      }
    },
  );

  it.each(kindsOf('SIGN_VERIFY').filter((kind) => canMake(store, kind)))(
    "$keySpec: another key's signature is wrong",
    async (kind) => {
      const row = usable.find((candidate) => candidate.kind === kind) as SigningRow;
      const { members, signature } = await signed(row);
      const other = await server.newKey(store, kind);
      const call = server.kms.verify({ ...members, KeyId: other.id, Signature: signature });
      await expectRefusal(call, invalidSignature);
    },
  );

  it.each(refused)('$keySpec $algorithm $messageType is beyond the token', async (row) => {
    const key = await server.key(store, row.kind);
    const Message = randomBytes(row.length === 'any' ? 100 : row.length);
    const call = server.kms.sign({ ...membersOf(row, key), Message });
    await expectRefusal(call, beyondToken(row.algorithm));
  });
});

function membersOf({ algorithm, messageType }: SigningRow, key: TestKey) {
  return { KeyId: key.id, SigningAlgorithm: algorithm, MessageType: messageType };
}

function sameKeyAndAlgorithm(left: SigningRow, right: SigningRow): boolean {
  const same = (kind: KeyKind) => kind === right.kind;
  return same(left.kind) && left.algorithm === right.algorithm;
}
