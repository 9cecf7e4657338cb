import { randomBytes } from 'node:crypto';
import { describe, it } from 'vitest';
import {
  MESSAGE_TYPES,
  type MessageType,
  type SigningAlgorithm,
  signingRow,
} from '../../src/crypto/algorithms.js';
import {
  type AlgorithmRow,
  allSigningAlgorithms,
  kindsOf,
  rowsOf,
  signingRows,
} from '../support/key-kinds.js';
import { kmsServer, type TestKey } from './kms-server.js';
import {
  type Expected,
  expectRefusal,
  violation,
  wrongAlgorithm,
  wrongDigestLength,
  wrongMessageType,
} from './refusals.js';
import { canMake, canUse, STORES } from './stores.js';

const server = kmsServer();
const p256 = { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' } as const;
const hmac = { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' } as const;

interface Call {
  readonly algorithm: SigningAlgorithm;
  readonly messageType?: MessageType;
  readonly length?: number;
}

/** Sign and Verify of the same: what the one refuses, so does the other. */
async function refusedBoth({ id }: TestKey, call: Call, refusal: Expected): Promise<void> {
  const { algorithm, messageType = 'RAW', length = 32 } = call;
  const members = {
    KeyId: id,
    SigningAlgorithm: algorithm,
    MessageType: messageType,
    Message: randomBytes(length),
  };
  await expectRefusal(server.kms.sign(members), refusal);
  await expectRefusal(server.kms.verify({ ...members, Signature: randomBytes(70) }), refusal);
}

describe.each(STORES)('messages for %s keys', (store) => {
  const signers = rowsOf<SigningAlgorithm>('SIGN_VERIFY').filter(
    ({ kind, algorithm }) => canMake(store, kind) && canUse(store, algorithm),
  );

  it.each(kindsOf<SigningAlgorithm>('SIGN_VERIFY').filter((kind) => canMake(store, kind)))(
    '$keySpec refuses the algorithms of others',
    async (kind) => {
      const key = await server.key(store, kind);
      for (const algorithm of allSigningAlgorithms.filter((a) => !kind.algorithms.includes(a))) {
        await refusedBoth(key, { algorithm }, wrongAlgorithm(algorithm, kind.keySpec));
      }
    },
  );

  it.each(signers)('$keySpec $algorithm refuses other message types', async (row) => {
    const key = await server.key(store, row.kind);
    const { messages } = signingRow(row.algorithm);
    for (const messageType of MESSAGE_TYPES.filter((type) => messages[type] === undefined)) {
      const call = { algorithm: row.algorithm, messageType, length: 64 };
      const others = row.kind.algorithms.map((name) => signingRow(name as SigningAlgorithm));
      const what = others.some((other) => other.messages[messageType] !== undefined)
        ? `algorithm ${row.algorithm}`
        : `key spec ${row.keySpec}`;
      await refusedBoth(key, call, wrongMessageType(messageType, what));
    }
  });

  it.each(
    signingRows.filter((row) => row.length !== 'any' && signers.some((s) => sameRow(s, row))),
  )('$keySpec $algorithm $messageType refuses other lengths', async (row) => {
    const key = await server.key(store, row.kind);
    const right = Number(row.length);
    for (const length of [1, right - 1, right + 1, 4096]) {
      const call = { algorithm: row.algorithm, messageType: row.messageType, length };
      const what = row.messageType === 'EXTERNAL_MU' ? 'External Mu' : 'Digest';
      await refusedBoth(key, call, wrongDigestLength(row.algorithm, what));
    }
  });

  it('messages of 0 and 4,097 octets are refused', async () => {
    const key = await server.key(store, p256);
    const mac = await server.key(store, hmac);
    const frame = (bound: string) =>
      violation(
        `Value at 'message' failed to satisfy constraint: Member must have length ${bound}`,
      );
    for (const [length, bound] of [
      [0, 'greater than or equal to 1'],
      [4097, 'less than or equal to 4096'],
    ] as const) {
      await refusedBoth(key, { algorithm: 'ECDSA_SHA_256', length }, frame(bound));
      const Message = randomBytes(length);
      const call = server.kms.generateMac({ KeyId: mac.id, MacAlgorithm: 'HMAC_SHA_256', Message });
      await expectRefusal(call, frame(bound));
    }
  });
});

function sameRow(left: AlgorithmRow, right: AlgorithmRow): boolean {
  return left.keySpec === right.keySpec && left.algorithm === right.algorithm;
}
