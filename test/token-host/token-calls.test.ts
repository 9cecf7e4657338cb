import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import {
  MANAGEMENT_CALLS,
  type ManagementHandlers,
} from '../../src/token-host/host/management-calls.js';
import { WORKER_CALLS, type WorkerHandlers } from '../../src/token-host/host/worker-calls.js';
import { packAndZero, ShapeError } from '../../src/token-host/protocol/call.js';
import { unpackArguments, unpackResult } from '../../src/token-host/protocol/call-packing.js';
import { packBody } from '../../src/token-host/protocol/frames.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import {
  type ArgumentsOf,
  type CallName,
  callRow,
  type KeyOf,
  type ManagementCallName,
  type ResultOf,
  TOKEN_CALLS,
  type WorkerCallName,
} from '../../src/token-host/protocol/token-calls.js';
import type { WrappedKey } from '../../src/token-host/protocol/wrapped-keys.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';
import { makePair, ORDERS, pointOf } from './orders.js';

const NAMES = Object.keys(TOKEN_CALLS) as CallName[];

describe('every call', () => {
  it.each(NAMES)('%s has one handler, where its row says that it runs', (name) => {
    const { runs } = callRow(name);
    expect({
      worker: Object.hasOwn(WORKER_CALLS, name),
      management: Object.hasOwn(MANAGEMENT_CALLS, name),
    }).toEqual({ worker: runs === 'worker', management: runs === 'management' });
  });

  it('and no other has a handler', () => {
    const handled = [...Object.keys(WORKER_CALLS), ...Object.keys(MANAGEMENT_CALLS)];
    expect(handled.sort()).toEqual([...NAMES].sort());
  });

  it('without a handler, with one elsewhere, or with one of another call is refused by tsc', () => {
    expectTypeOf<WorkerCallName | ManagementCallName>().toEqualTypeOf<CallName>();
    expectTypeOf<Omit<WorkerHandlers, 'sign'>>().not.toExtend<WorkerHandlers>();
    expectTypeOf<Omit<ManagementHandlers, 'createKey'>>().not.toExtend<ManagementHandlers>();
    expectTypeOf<WorkerHandlers['sign']>().not.toExtend<WorkerHandlers['derive']>();
    expectTypeOf<ManagementHandlers>().not.toHaveProperty('sign');
    expectTypeOf<KeyOf<'random'>>().toEqualTypeOf<undefined>();
    expectTypeOf<KeyOf<'sign'>>().toEqualTypeOf<string | WrappedKey>();
    expectTypeOf<KeyOf<'destroyObject'>>().toEqualTypeOf<string>();
  });
});

/** One call of each kind, on the keys of `ORDERS` by their names, that a real token can answer. */
type Examples = {
  readonly [Name in CallName]: {
    readonly ckaId: KeyOf<Name>;
    readonly args: ArgumentsOf<Name>;
  };
};

const WRAPPING = { wrapping: 'wrapping', scheme: 'pad' } as const;

describe('over the socket', () => {
  const aad = Buffer.from('aad');
  let bench: TokenBench;
  let client: TokenClient;
  let examples: Examples;

  beforeAll(async () => {
    bench = await makeTokenBench();
    client = bench.client();
    await client.start(bench.token.pin);
    for (const name of ['aes', 'hmac'] as const) {
      const args = { label: 'l', order: ORDERS[name] };
      await client.call('generateKey', name, args, soon());
    }
    const order = { keyType: 'aes', purpose: 'unwrap', bytes: 32 } as const;
    await client.call('generateKey', 'wrapping', { label: 'l', order }, soon());
    const wrapped = async () => {
      const args = { ...WRAPPING, order: ORDERS.ecSign };
      return { wrapped: (await client.call('generateWrapped', undefined, args, soon())).wrapped };
    };
    await makePair(client, 'rsaDecrypt');
    await makePair(client, 'ecSign');
    const peer = await makePair(client, 'ecDerive');
    const plain = { plaintext: Buffer.from('plain'), aad };
    examples = {
      encrypt: { ckaId: 'aes', args: plain },
      decrypt: {
        ckaId: 'aes',
        args: { ...(await client.call('encrypt', 'aes', plain, soon())), aad },
      },
      random: { ckaId: undefined, args: { length: 8 } },
      sign: {
        ckaId: 'ecSign',
        args: { scheme: 'ecdsa', hash: 'sha256', input: randomBytes(32) },
      },
      mac: { ckaId: 'hmac', args: { hash: 'sha384', message: aad } },
      derive: { ckaId: 'ecDerive', args: { point: pointOf(peer), bytes: 48 } },
      decryptOaep: { ckaId: 'rsaDecrypt', args: { hash: 'sha1', ciphertext: Buffer.alloc(256) } },
      logIn: { ckaId: undefined, args: undefined },
      findObject: { ckaId: 'aes', args: undefined },
      keySizes: { ckaId: undefined, args: { order: ORDERS.rsaSign } },
      createKey: {
        ckaId: 'known',
        args: { label: 'l', order: AES_256, value: randomBytes(32) },
      },
      generateKey: { ckaId: 'new', args: { label: 'l', order: ORDERS.ed25519 } },
      unwrapKey: {
        ckaId: 'rsaDecrypt',
        args: { hash: 'sha1', wrapped: Buffer.alloc(256), order: AES_256, identity: undefined },
      },
      generateWrapped: { ckaId: undefined, args: { ...WRAPPING, order: ORDERS.ecSign } },
      loadKey: {
        ckaId: 'loaded',
        args: { ...WRAPPING, order: ORDERS.ecSign, id: 'loaded', ...(await wrapped()) },
      },
      unloadKey: { ckaId: 'loaded', args: { handle: Buffer.alloc(8, 0xff) } },
      reportKeys: { ckaId: undefined, args: { ckaId: 'aes' } },
      examineKey: { ckaId: 'seen', args: { label: 'l', order: AES_256, quirks: {} } },
      trySessions: { ckaId: undefined, args: { most: 2 } },
      destroyObject: { ckaId: 'new', args: undefined },
    };
  });
  afterAll(() => bench.dispose());

  /** How a call ended: with a result of its shape, or with the token's return code. */
  async function ending<Name extends CallName>(name: Name): Promise<string> {
    const { ckaId, args }: Examples[Name] = examples[name];
    const call = client.call(name, ckaId, args, soon());
    const result: PromiseSettledResult<ResultOf<Name>> = (await Promise.allSettled([call]))[0];
    return result.status === 'fulfilled' ? 'answered' : String(result.reason.name);
  }

  // In this order: what generateKey makes is destroyed in the end.
  it.each(NAMES)('%s is understood by the host, and its answer by the client', async (name) => {
    // There is no key that these ciphertexts were made for.
    const expected = ['decryptOaep', 'unwrapKey'].includes(name) ? 'TokenError' : 'answered';
    expect(await ending(name)).toBe(expected);
  });
});

describe('what was packed', () => {
  const args = { plaintext: Buffer.from('secret'), aad: Buffer.alloc(0) };

  it('comes out as it was, as views that are zeroed with it', () => {
    const packed = packBody(args);
    const unpacked = unpackArguments('encrypt', packed);
    expect(unpacked).toEqual(args);
    packed.fill(0);
    expect(unpacked.plaintext).toEqual(Buffer.alloc(6));
  });

  it('and is a byte string is zeroed', () => {
    const secret = Buffer.from('secret');
    expect(unpackResult('decrypt', packAndZero(secret))).toEqual(Buffer.from('secret'));
    expect(secret).toEqual(Buffer.alloc(6));
  });

  it.each([
    ['nothing', undefined],
    ['no object', 7],
    ['an object that lacks a member', { plaintext: args.plaintext }],
    ['a member of another type', { ...args, aad: 'text' }],
  ])('is refused when it is %s', (_what, value) => {
    expect(() => unpackArguments('encrypt', packBody(value))).toThrow(ShapeError);
  });

  it.each([
    ['a hash that is none', 'mac', { hash: 'md5', message: args.aad }],
    [
      'a type of key that is none',
      'generateKey',
      { label: '', order: { ...AES_256, keyType: 'x' } },
    ],
    [
      'a curve that is none',
      'generateKey',
      { label: '', order: { ...AES_256, curve: 'toString' } },
    ],
    ['a fraction', 'random', { length: 1.5 }],
    ['a value that is none', 'createKey', { label: '', order: AES_256, value: 'text' }],
  ] as const)('is refused when it has %s', (_what, name, value) => {
    expect(() => unpackArguments(name, packBody(value))).toThrow(ShapeError);
  });
});
