import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { materialLocation, SealError } from '../../../src/kernel/sealing.js';
import type { RootKeyRepository } from '../../../src/keystores/root-token/root-key-repository.js';
import { RootToken, WrongRootTokenError } from '../../../src/keystores/root-token/root-token.js';
import { UnfitRootTokenError } from '../../../src/keystores/root-token/root-token-trial.js';
import type { CallName } from '../../../src/token-host/protocol/token-calls.js';
import { TokenError, TokenHostError } from '../../../src/token-host/protocol/token-error.js';
import { DatabaseBench, type ServerView } from '../../support/database-bench.js';
import { databases } from '../../support/databases.js';
import { FakeTokenClient, type Fault } from '../../support/fake-token-client.js';
import { sampleAddress } from '../../support/sample-key.js';
import { worded } from '../../support/worded.js';

const DEADLINE = 5000;
const note = vi.fn();
const SECRET = Buffer.from('secret');
const PLACE = materialLocation(sampleAddress('m'));

const database = new DatabaseBench();
let view: ServerView;
let client: FakeTokenClient;

beforeAll(async () => {
  const sqlite = databases.find(({ name }) => name === 'SQLite');
  if (sqlite) await database.prepare(await sqlite.prepare());
});

beforeEach(async () => {
  await database.begin();
  view = await database.server();
  client = new FakeTokenClient('root');
});

afterEach(() => database.end());
afterAll(() => database.dispose());

function rootToken(
  token: FakeTokenClient = client,
  bindings: RootKeyRepository = view.roots,
): RootToken {
  const invocations = { note };
  const { asTokenClient, info } = token;
  return new RootToken({ client: asTokenClient, info, bindings, invocations, now: () => 0 });
}

/** What a server does at its start. */
async function start(token?: FakeTokenClient, bindings?: RootKeyRepository): Promise<RootToken> {
  const started = rootToken(token, bindings);
  await started.verify();
  await started.ensureRootKey();
  return started;
}

it('counts what the root key seals, before it does', async () => {
  const root = await start();
  note.mockClear();
  await root.seal(SECRET, PLACE, DEADLINE);
  expect(note.mock.calls).toStrictEqual([[(await view.roots.find())?.ckaId]]);
  note.mockImplementationOnce(() => {
    throw new Error('worn out');
  });
  await expect(root.seal(SECRET, PLACE, DEADLINE)).rejects.toThrow('worn out');
});

describe('a start', () => {
  it('makes one root key, and the next finds it', async () => {
    const first = await start();
    const sealed = await first.seal(SECRET, PLACE, DEADLINE);
    const second = await start();
    expect(await second.open(sealed, PLACE, DEADLINE)).toStrictEqual(SECRET);
    const [[ckaId, { label }] = ['', { label: '' }]] = client.keys;
    expect(client.keys.size).toBe(1);
    expect(ckaId).toMatch(/^[0-9a-f]{32}$/);
    expect(label).toBe(`strongroom:root:${ckaId}`);
    expect(await view.roots.find()).toMatchObject({ ckaId, tokenLabel: 'root', status: 'live' });
  });

  it('changes nothing while it verifies', async () => {
    await rootToken().verify();
    expect([await view.roots.find(), client.calls]).toStrictEqual([undefined, []]);
    await start();
    const [binding, calls] = [await view.roots.find(), client.calls.length];
    await rootToken().verify();
    expect(await view.roots.find()).toStrictEqual(binding);
    const made = new Set(client.calls.slice(calls));
    expect(made).toStrictEqual(new Set(['findObject', 'encrypt', 'decrypt', 'random']));
  });
});

const MECHANISM_INVALID = TokenError.of('CKR_MECHANISM_INVALID');
const unfit = (what: string) =>
  new UnfitRootTokenError(`the root token root (serial serial of root) can't do its work: ${what}`);

describe('a token that can not do the work', () => {
  const faults: [what: string, call: CallName, error: TokenError, line: string][] = [
    ['seal', 'encrypt', MECHANISM_INVALID, 'sealing with AES-256-GCM'],
    ['open', 'decrypt', MECHANISM_INVALID, 'opening with AES-256-GCM'],
    ['give random octets', 'random', MECHANISM_INVALID, 'giving random octets'],
    [
      'seal by a code of its own',
      'encrypt',
      new TokenError(0x80000123),
      'sealing with AES-256-GCM',
    ],
  ];

  it.each(faults)('is refused before there is a root key: %s', async (_, call, error, line) => {
    client.fault = { call, when: 'before', error };
    await expect(start()).rejects.toThrow(unfit(`${line} failed: ${error.code}`));
    expect(client.keys.size).toBe(0);
    expect(await view.roots.find()).toMatchObject({ status: 'intended' });
  });

  it.each(faults)('is refused with its root key: %s', async (_, call, error, line) => {
    await start();
    const [binding, keys] = [await view.roots.find(), [...client.keys]];
    client.fault = { call, when: 'before', error };
    await expect(start()).rejects.toThrow(unfit(`${line} failed: ${error.code}`));
    expect([await view.roots.find(), [...client.keys]]).toStrictEqual([binding, keys]);
  });

  it.each<[string, (token: FakeTokenClient) => void, string]>([
    [
      'repeats its IVs',
      ({ wrong }) => wrong.add('iv'),
      'sealing with AES-256-GCM is wrong: it used an IV twice',
    ],
    [
      'takes every tag',
      ({ wrong }) => wrong.add('tag'),
      'opening with AES-256-GCM is wrong: it takes a wrong tag',
    ],
    [
      'is not random',
      ({ wrong }) => wrong.add('random'),
      'giving random octets is wrong: they are not random',
    ],
  ])('is refused for what it answers: %s', async (_, spoil, line) => {
    spoil(client);
    await expect(start()).rejects.toThrow(unfit(line));
    expect(client.keys.size).toBe(0);
  });

  it('is served where it takes no keys from outside', async () => {
    client.fault = {
      call: 'createKey',
      when: 'before',
      error: TokenError.of('CKR_TEMPLATE_INCONSISTENT'),
    };
    await start();
    expect(client.keys.size).toBe(1);
  });
});

/** The server is killed, or a call's answer is lost, at each point of the making of a root key. */
const lost = new TokenHostError('lost', 'the host died');
const killed = new Error('killed');

interface CrashPoint {
  readonly name: string;
  readonly fault?: Fault;
  readonly killedAt?: 'before intend' | 'after intend' | 'before confirm';
}

const crashPoints: CrashPoint[] = [
  { name: 'before the intent', killedAt: 'before intend' },
  { name: 'after the intent', killedAt: 'after intend' },
  { name: 'while looking for the key', fault: { call: 'findObject', when: 'before', error: lost } },
  {
    name: 'before the trial has its key',
    fault: { call: 'createKey', when: 'before', error: lost },
  },
  { name: 'when the trial has its key', fault: { call: 'createKey', when: 'after', error: lost } },
  { name: 'in the trial', fault: { call: 'random', when: 'before', error: lost } },
  {
    name: 'before the trial destroys its key',
    fault: { call: 'destroyObject', when: 'before', error: lost },
  },
  {
    name: 'before the key is made',
    fault: { call: 'generateKey', when: 'before', error: lost },
  },
  { name: 'when the key is made', fault: { call: 'generateKey', when: 'after', error: lost } },
  { name: 'before the check is sealed', fault: { call: 'encrypt', when: 'before', error: lost } },
  { name: 'when the check is sealed', fault: { call: 'encrypt', when: 'after', error: lost } },
  { name: 'before the binding is confirmed', killedAt: 'before confirm' },
];

/** The repository, up to the point where the server is killed. */
function killedAt(point: CrashPoint['killedAt']): RootKeyRepository {
  const { roots } = view;
  const cut: Pick<RootKeyRepository, 'find' | 'intend' | 'confirm'> = {
    find: () => roots.find(),
    intend: async (...intent) => {
      if (point === 'before intend') throw killed;
      await roots.intend(...intent);
      if (point === 'after intend') throw killed;
    },
    confirm: async (...confirmation) => {
      if (point === 'before confirm') throw killed;
      await roots.confirm(...confirmation);
    },
  };
  return cut as RootKeyRepository;
}

describe('a start that ends', () => {
  it.each(crashPoints)('$name: the next goes on with the same key', async (point) => {
    client.fault = point.fault;
    await expect(start(client, killedAt(point.killedAt))).rejects.toThrow();
    const intended = await view.roots.find();
    expect(intended?.status).not.toBe('live');

    client.fault = undefined;
    const started = await start();
    const binding = await view.roots.find();
    expect(binding).toMatchObject({ status: 'live', ckaId: intended?.ckaId ?? expect.any(String) });
    expect([...client.keys.keys()]).toStrictEqual([binding?.ckaId]);
    const sealed = await started.seal(SECRET, PLACE, DEADLINE);
    expect(await (await start()).open(sealed, PLACE, DEADLINE)).toStrictEqual(SECRET);
  });
});

describe('a token that does not seal this database', () => {
  /** The right CKA_ID in the wrong token: a key of another secret. */
  const impostor = () => {
    const other = new FakeTokenClient('other');
    for (const [ckaId, { label }] of client.keys) {
      other.keys.set(ckaId, { label, secret: Buffer.alloc(32) });
    }
    return other;
  };

  it.each([
    ['an empty one', () => new FakeTokenClient('other')],
    ['one with another key of the same id', impostor],
  ])('is refused, and nothing is changed: %s', async (_, make) => {
    await start();
    const binding = await view.roots.find();
    const other = make();
    const before = [...other.keys.keys()];
    await expect(start(other)).rejects.toThrow(
      new WrongRootTokenError(
        'the root token other (serial serial of other) does not hold the root key of this database, ' +
          'which is sealed by token root (serial serial of root)',
      ),
    );
    expect(await view.roots.find()).toStrictEqual(binding);
    expect([...other.keys.keys()]).toStrictEqual(before);
    expect(other.calls.filter((call) => call === 'generateKey')).toStrictEqual([]);
  });

  it.each([
    ['without a check', null],
    ['with a damaged check', Buffer.alloc(64, 1)],
    ['with a check that is cut', Buffer.alloc(3, 1)],
  ])('is what a binding %s makes of any', async (_, sealed_check) => {
    await start();
    await view.database('root_key').update({ sealed_check });
    await expect(start()).rejects.toThrow(WrongRootTokenError);
  });

  it('is not what a token is that is merely away', async () => {
    await start();
    client.fault = { call: 'decrypt', when: 'before', error: lost };
    await expect(start()).rejects.toThrow(unfit('opening with AES-256-GCM failed: the host died'));
  });
});

/** What clients are told of the root token. */
const AWAY = {
  code: 'DependencyTimeoutException',
  message: 'The root token is not available.',
};
const TIMED_OUT = {
  code: 'DependencyTimeoutException',
  message: 'The root token did not answer within 5000 ms.',
};
const UNABLE = {
  code: 'KMSInternalException',
  message: 'The root token could not complete the request.',
};

describe('sealing', () => {
  it('is not possible before there is a root key', async () => {
    const token = rootToken();
    expect(token.usable).toBe(false);
    await expect(token.seal(SECRET, PLACE, DEADLINE)).rejects.toThrow('not ready');
  });

  it.each([
    ['in another place', (sealed: Buffer) => sealed, materialLocation(sampleAddress('n'))],
    ['damaged', (sealed: Buffer) => Buffer.concat([sealed, Buffer.from([0])]), PLACE],
    ['cut', (sealed: Buffer) => sealed.subarray(0, 20), PLACE],
  ])('does not open what is %s', async (_, change, place) => {
    const token = await start();
    const sealed = change(await token.seal(SECRET, PLACE, DEADLINE));
    await expect(token.open(sealed, place, DEADLINE)).rejects.toThrow(SealError);
  });

  it.each([
    [new TokenHostError('busy', 'x'), { code: 'ThrottlingException' }],
    [new TokenHostError('late', 'x'), { code: 'InternalFailure' }],
    [new TokenHostError('deadline', 'x'), TIMED_OUT],
    [new TokenHostError('unavailable', 'x'), AWAY],
    [TokenError.of('CKR_DEVICE_ERROR'), AWAY],
    [TokenError.of('CKR_FUNCTION_FAILED'), AWAY],
    [TokenError.of('CKR_USER_NOT_LOGGED_IN'), AWAY],
    [new TokenHostError('lost', 'x'), UNABLE],
    [new TokenHostError('no-such-key', 'x'), UNABLE],
    [TokenError.of('CKR_MECHANISM_INVALID'), UNABLE],
  ])('answers %s as %s', async (error, failure) => {
    const token = await start();
    const sealed = await token.seal(SECRET, PLACE, DEADLINE);
    for (const call of ['encrypt', 'decrypt', 'random'] as const) {
      client.fault = { call, when: 'before', error };
      const answer =
        call === 'encrypt'
          ? token.seal(SECRET, PLACE, DEADLINE)
          : call === 'decrypt'
            ? token.open(sealed, PLACE, DEADLINE)
            : token.random(16, DEADLINE);
      await expect(worded(answer)).rejects.toMatchObject(failure);
    }
  });

  it.each(['ready', 'replacing', 'absent', 'refused', 'stopped'] as const)(
    'is possible when the token is ready: %s',
    async (state) => {
      const token = await start();
      client.state = state;
      expect(token.usable).toBe(state === 'ready');
    },
  );
});
