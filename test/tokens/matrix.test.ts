/** Every capability of every PKCS#11 library that runs here, as a custom key store and as root token. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, GenerateRandomCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import { keyKinds } from '../support/key-kinds.js';
import { refusedStart } from '../support/refused-start.js';
import type { MadeToken } from '../support/tokens/token-kind.js';
import {
  madeToken,
  serverWithRoot,
  serverWithStore,
  type TokenServer,
} from '../support/tokens/token-server.js';
import { type UsedKey, useOf } from '../support/tokens/uses.js';
import { WORKS } from './capabilities.js';
import { KINDS } from './kinds.js';

const RANDOM_BYTES = 32;
const REFUSED = 'UnsupportedOperationException';

/** `works`, or `refused` where the server says that the token can't; anything else is a failure. */
async function outcome(attempt: Promise<unknown>): Promise<'works' | 'refused'> {
  try {
    await attempt;
    return 'works';
  } catch (error) {
    if (error instanceof Error && error.name === REFUSED) return 'refused';
    throw error;
  }
}

async function whatWorks(
  client: KMSClient,
  CustomKeyStoreId: string,
  { keySpec, keyUsage, algorithms }: (typeof keyKinds)[number],
) {
  let key: UsedKey | undefined;
  const creation = client
    .send(
      new CreateKeyCommand({
        ...{ CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' },
        KeySpec: keySpec as never,
        KeyUsage: keyUsage as never,
      }),
    )
    .then(({ KeyMetadata }) => {
      key = { client, KeyId: KeyMetadata?.KeyId ?? '', keySpec };
    });
  const made = await outcome(creation);
  const results: Record<string, string> = {};
  for (const algorithm of algorithms) {
    results[algorithm] = key ? await outcome(useOf(algorithm)(key)) : made;
  }
  return { key, results };
}

describe.each(KINDS)('$name', (kind) => {
  let token: MadeToken | undefined;
  let server: TokenServer;
  let client: KMSClient;
  const kept: { key: UsedKey; algorithm: string }[] = [];

  beforeAll(async () => {
    token = await madeToken(kind.make);
    server = await serverWithStore(token);
    client = await server.client();
  });
  afterAll(async () => {
    await server?.dispose();
    await token?.dispose();
  });

  it.each(keyKinds)('$keySpec for $keyUsage', async (keyKind) => {
    const { keySpec, keyUsage, algorithms } = keyKind;
    const { key, results } = await whatWorks(client, server.CustomKeyStoreId, keyKind);
    const expected = algorithms.map((algorithm) => {
      const has = WORKS.get(`${keySpec}:${keyUsage}:${algorithm}`)?.includes(kind.name);
      return [algorithm, has ? 'works' : 'refused'];
    });
    expect(results).toEqual(Object.fromEntries(expected));
    const algorithm = algorithms.find((name) => results[name] === 'works');
    if (key && algorithm) kept.push({ key, algorithm });
  });

  it('gives random octets', async () => {
    const { CustomKeyStoreId } = server;
    const random = async () =>
      (
        await client.send(
          new GenerateRandomCommand({ CustomKeyStoreId, NumberOfBytes: RANDOM_BYTES }),
        )
      ).Plaintext;
    const [one, other] = [await random(), await random()];
    expect(one).toHaveLength(RANDOM_BYTES);
    expect(one).not.toEqual(other);
  });

  it('has its keys after the server’s end', async () => {
    expect(kept.length).toBeGreaterThan(0);
    await server.strongroom.kill();
    await server.strongroom.start();
    const again = await server.client();
    await connectionState(again, server.CustomKeyStoreId, 'CONNECTED');
    for (const { key, algorithm } of kept) await useOf(algorithm)({ ...key, client: again });
  });

  it(`${kind.unfitForRoot ? 'is refused as' : 'serves as'} the root token`, async () => {
    if (token === undefined) throw new Error('there is no token');
    const dir = await mkdtemp(join(tmpdir(), 'strongroom-root-pin-'));
    const root = await serverWithRoot(token, join(dir, 'root.pin'));
    try {
      if (kind.unfitForRoot) {
        expect((await refusedStart(root)).line).toMatch(kind.unfitForRoot);
        return;
      }
      await root.start();
      const made = await (await root.client()).send(new CreateKeyCommand({}));
      const KeyId = made.KeyMetadata?.KeyId ?? '';
      const uses = async () =>
        useOf('SYMMETRIC_DEFAULT')({
          ...{ client: await root.client(), KeyId },
          keySpec: 'SYMMETRIC_DEFAULT',
        });
      await uses();
      await root.kill();
      await root.start();
      await uses();
    } finally {
      await root.dispose();
      await rm(dir, { recursive: true });
    }
  });
});

it('the table names every capability that there is, and no other', () => {
  const capabilities = keyKinds.flatMap(({ keySpec, keyUsage, algorithms }) =>
    algorithms.map((algorithm) => `${keySpec}:${keyUsage}:${algorithm}`),
  );
  expect([...WORKS.keys()].sort()).toEqual(capabilities.sort());
});
