import { type KeyObject, publicEncrypt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import {
  RETURN_CODES,
  type ReturnCodeAction,
  returnCode,
  returnCodeNumber,
} from '../../src/token-host/protocol/return-codes.js';
import { TokenError } from '../../src/token-host/protocol/token-error.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon, whenState } from '../support/waiting.js';
import { makePair, ORDERS, type OrderName, pointOf } from './orders.js';

describe('the table of return codes', () => {
  it('has every number and every name once', () => {
    expect(new Set(RETURN_CODES.map(({ rv }) => rv)).size).toBe(RETURN_CODES.length);
    expect(new Set(RETURN_CODES.map(({ name }) => name)).size).toBe(RETURN_CODES.length);
  });

  it('treats an unknown code as a failure of this one call', () => {
    expect(returnCode(0x80000123)).toEqual({
      rv: 0x80000123,
      name: 'CKR_0x80000123',
      action: 'failed',
    });
  });
});

/** How a call ends when the code is returned once, and when it is returned for ever. */
type Ending = 'answer' | ReturnCodeAction;
type Row = [code: `CKR_${string}`, once: Ending, always: Ending];

const EVERYWHERE: Row[] = [
  ['CKR_ENCRYPTED_DATA_INVALID', 'caller', 'caller'],
  ['CKR_ENCRYPTED_DATA_LEN_RANGE', 'caller', 'caller'],
  ['CKR_DATA_INVALID', 'caller', 'caller'],
  ['CKR_DATA_LEN_RANGE', 'caller', 'caller'],
  ['CKR_KEY_FUNCTION_NOT_PERMITTED', 'caller', 'caller'],
  ['CKR_SIGNATURE_INVALID', 'caller', 'caller'],
  ['CKR_SIGNATURE_LEN_RANGE', 'caller', 'caller'],
  ['CKR_SESSION_HANDLE_INVALID', 'answer', 'session'],
  ['CKR_SESSION_CLOSED', 'answer', 'session'],
  ['CKR_OPERATION_ACTIVE', 'answer', 'session'],
  ['CKR_OPERATION_NOT_INITIALIZED', 'answer', 'session'],
  ['CKR_USER_NOT_LOGGED_IN', 'answer', 'login'],
  ['CKR_OBJECT_HANDLE_INVALID', 'answer', 'handles'],
  ['CKR_KEY_HANDLE_INVALID', 'answer', 'handles'],
  ['CKR_SESSION_COUNT', 'busy', 'busy'],
  ['CKR_DEVICE_MEMORY', 'busy', 'busy'],
  ['CKR_HOST_MEMORY', 'busy', 'busy'],
  ['CKR_PIN_INCORRECT', 'refused', 'refused'],
  ['CKR_PIN_LOCKED', 'refused', 'refused'],
  ['CKR_PIN_EXPIRED', 'refused', 'refused'],
  ['CKR_ARGUMENTS_BAD', 'failed', 'failed'],
];

const REPEATED: Row[] = [
  ['CKR_DEVICE_ERROR', 'answer', 'restart'],
  ['CKR_DEVICE_REMOVED', 'answer', 'restart'],
  ['CKR_TOKEN_NOT_PRESENT', 'answer', 'restart'],
  ['CKR_CRYPTOKI_NOT_INITIALIZED', 'answer', 'restart'],
];

// What made a key may have made it before the device failed, so it is not tried again.
const NOT_REPEATED: Row[] = REPEATED.map(([code]) => [code, 'restart', 'restart']);

const REPEATABLE: Row[] = [
  ...EVERYWHERE,
  ...REPEATED,
  ['CKR_GENERAL_ERROR', 'answer', 'restart'],
  ['CKR_FUNCTION_FAILED', 'answer', 'restart'],
];

const DECRYPTION: Row[] = [
  // That a ciphertext is invalid must be said twice.
  ...EVERYWHERE.map(([code, once, always]): Row => {
    return [code, once === 'caller' ? 'answer' : once, always];
  }),
  ...REPEATED,
  // It may be a wrong tag or padding, but for the round trip, which fails as well.
  ['CKR_GENERAL_ERROR', 'answer', 'restart'],
  // Not a code that SoftHSM gives for a wrong tag.
  ['CKR_FUNCTION_FAILED', 'answer', 'restart'],
];

const GENERATION: Row[] = [
  ...EVERYWHERE,
  ...NOT_REPEATED,
  ['CKR_GENERAL_ERROR', 'answer', 'failed'],
  ['CKR_FUNCTION_FAILED', 'answer', 'failed'],
];

/**
 * A row for each way in which calls end. The codes are told apart in one place for all operations:
 * those of encryption, decryption and generation go through them all.
 */
function oneOfEach(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter(([, once, always]) => {
    const endings = `${once}/${always}`;
    return !seen.has(endings) && seen.add(endings);
  });
}

const aad = Buffer.from('context');
const plaintext = Buffer.from('the plaintext');
let made = 0;

/** What is called, with keys that are there under the names of their orders. */
type Call = (client: TokenClient, keys: Keys) => Promise<unknown>;

interface Keys {
  readonly decryptor: KeyObject;
  readonly peer: Buffer;
}

function newKey(client: TokenClient, name: OrderName): Promise<unknown> {
  made += 1;
  return client.call('generateKey', `b${made}`, { label: 'kms:k:m', order: ORDERS[name] }, soon());
}

const TABLES: [name: string, f: string, rows: Row[], call: Call][] = [
  [
    'encrypt',
    'C_Encrypt',
    REPEATABLE,
    (client) => client.call('encrypt', 'aes', { plaintext, aad }, soon()),
  ],
  [
    'decrypt',
    'C_Decrypt',
    DECRYPTION,
    async (client) => {
      const sealed = await client.call('encrypt', 'aes', { plaintext, aad }, soon());
      return client.call('decrypt', 'aes', { ...sealed, aad }, soon());
    },
  ],
  [
    'sign',
    'C_Sign',
    oneOfEach(REPEATABLE),
    (client) => {
      const input = { scheme: 'ecdsa', hash: 'sha256', input: Buffer.alloc(32, 1) } as const;
      return client.call('sign', 'ecSign', input, soon());
    },
  ],
  [
    'mac',
    'C_SignInit',
    oneOfEach(REPEATABLE),
    (client) => client.call('mac', 'hmac', { hash: 'sha384', message: plaintext }, soon()),
  ],
  [
    'derive',
    'C_DeriveKey',
    oneOfEach(REPEATABLE),
    (client, { peer }) => client.call('derive', 'ecDerive', { point: peer, bytes: 48 }, soon()),
  ],
  [
    'decryptOaep',
    'C_Decrypt',
    oneOfEach(DECRYPTION),
    (client, { decryptor }) => {
      const ciphertext = publicEncrypt({ key: decryptor, oaepHash: 'sha1' }, plaintext);
      return client.call('decryptOaep', 'rsaDecrypt', { hash: 'sha1', ciphertext }, soon());
    },
  ],
  ['generating a secret key', 'C_GenerateKey', GENERATION, (client) => newKey(client, 'aes')],
  [
    'generating a pair',
    'C_GenerateKeyPair',
    oneOfEach(GENERATION),
    (client) => newKey(client, 'ecSign'),
  ],
];

describe.each(TABLES)('a return code at %s', (_name, f, rows, call) => {
  let bench: TokenBench;
  let client: TokenClient;
  let keys: Keys;

  async function started(): Promise<TokenClient> {
    const fresh = bench.client({ sessions: 2 });
    await fresh.start(bench.token.pin);
    return fresh;
  }

  beforeAll(async () => {
    bench = await makeTokenBench();
    client = await started();
    for (const name of ['aes', 'hmac'] as const) {
      await client.call('generateKey', name, { label: 'kms:k:m', order: ORDERS[name] }, soon());
    }
    await makePair(client, 'ecSign');
    keys = {
      decryptor: await makePair(client, 'rsaDecrypt'),
      peer: pointOf(await makePair(client, 'ecDerive')),
    };
  });
  afterAll(() => bench.dispose());

  async function ending(): Promise<Ending> {
    try {
      await call(client, keys);
      return 'answer';
    } catch (error) {
      if (error instanceof TokenError) return error.action;
      throw error;
    }
  }

  it.each(rows)('%s: once %s, always %s', async (code, once, always) => {
    const rv = returnCodeNumber(code);
    for (const [count, expected] of [
      ['1', once],
      ['-1', always],
    ] as const) {
      await bench.faults.set(`fail ${f} ${rv} ${count}`);
      expect(await ending()).toBe(expected);
      await bench.faults.clear();
      if (expected === 'refused') {
        await whenState(client, 'refused');
        await client.stop();
        client = await started();
      }
      await whenState(client, 'ready');
      expect(await ending()).toBe('answer');
    }
  });
});
