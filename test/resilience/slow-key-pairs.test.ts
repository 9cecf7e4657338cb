/** RSA pairs that take longer than a request may: on a machine whose workers get no time. */
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  CreateKeyCommand,
  GenerateDataKeyPairCommand,
  GetParametersForImportCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeKey } from '../support/clients.js';
import { serverHere } from '../support/server-here.js';

const STOCK = 3;
const RSA = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } as const;

let server: Awaited<ReturnType<typeof serverHere>>;
/** Clients that don't, and do, repeat a call that was not done in time. */
let hasty: KMSClient;
let patient: KMSClient;
let keyId: string;
let externalKeyId: string;
let busyFile: string;

beforeAll(async () => {
  server = await serverHere({
    yaml: { limits: { requestTimeoutMs: 5000, keyPairStock: STOCK } },
    cryptoWorkerEntry: resolve('test/support/slow-pair-worker.mjs'),
  });
  busyFile = join(server.dir, 'busy');
  // The pool's workers inherit it; none runs before an RSA pair is asked for.
  process.env.SLOW_PAIR_WORKER = busyFile;
  hasty = new KMSClient({ ...server.client, maxAttempts: 1 });
  patient = new KMSClient({ ...server.client, maxAttempts: 10 });
  [keyId, externalKeyId] = [await makeKey(patient), await makeKey(patient, { Origin: 'EXTERNAL' })];
});
afterAll(async () => {
  await rm(busyFile, { force: true });
  delete process.env.SLOW_PAIR_WORKER;
  await server?.dispose();
});

/** Each way to an RSA pair; the public key, or another name of the pair that it gave. */
const WAYS: readonly ((client: KMSClient) => Promise<string | undefined>)[] = [
  (client) => makeKey(client, RSA),
  async (client) => {
    const order = { KeyId: keyId, KeyPairSpec: 'RSA_2048' } as const;
    const { PublicKey } = await client.send(new GenerateDataKeyPairCommand(order));
    return Buffer.from(PublicKey ?? []).toString('base64');
  },
  async (client) => {
    const { PublicKey } = await client.send(
      new GetParametersForImportCommand({
        KeyId: externalKeyId,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    );
    return Buffer.from(PublicKey ?? []).toString('base64');
  },
];

async function metrics(): Promise<string> {
  return (await fetch(`${server.endpoint}/metrics`)).text();
}
const ready = async () =>
  Number(/^strongroom_key_pairs_ready\{key_spec="RSA_2048"\} (\d+)$/m.exec(await metrics())?.[1]);

it('callers are told that the time is up, and what is finished later is the next callers’', async () => {
  await writeFile(busyFile, '');
  const repeated = patient.send(new CreateKeyCommand(RSA));
  const late = Promise.allSettled(WAYS.map((ask) => ask(hasty)));
  await expect.poll(metrics).toMatch(/^strongroom_key_pairs_waiting 4$/m);
  for (const outcome of await late) {
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: {
        name: 'KMSInternalException',
        message: 'The request was not completed within its time limit. It can be repeated.',
        $metadata: { httpStatusCode: 500 },
      },
    });
  }
  expect(await ready()).toBe(0);

  await rm(busyFile);
  expect((await repeated).$metadata.attempts).toBeGreaterThan(1);
  await expect.poll(ready).toBe(STOCK);

  // Nothing can be made now, and nothing needs to be.
  await writeFile(busyFile, '');
  const pairs = await Promise.all(WAYS.map((ask) => ask(patient)));
  expect(new Set(pairs).size).toBe(STOCK);
  expect(await ready()).toBe(0);
});
