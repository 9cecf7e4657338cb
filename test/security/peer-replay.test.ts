import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wallClock } from '../../src/kernel/time.js';
import { Messages } from '../../src/services/kms/peers/messages.js';
import { databaseFile } from '../support/database-file.js';
import { tokenEntry } from '../support/faulty-strongroom.js';
import { Strongroom } from '../support/strongroom.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const publicKeyText = String(publicKey.export({ format: 'jwk' }).x);
/** The test is the peer; nobody asks it anything. */
const peers = { 'eu-west-1': `https://peer.example#ed25519:${publicKeyText}` };

let server: Strongroom;
const further: Strongroom[] = [];

beforeAll(async () => {
  server = await Strongroom.start({ yaml: { peers } });
});
afterAll(async () => {
  for (const each of further) await each.dispose();
  await server?.dispose();
});

const send = async ({ endpoint }: Strongroom, body: string) =>
  (await fetch(`${endpoint}/peer/v1`, { method: 'POST', body })).status;

it("a peer's message is taken once, also by a server that starts later on the same database", async () => {
  const answer = await fetch(`${server.endpoint}/peer/v1/identity`);
  const { publicKey: receiver } = (await answer.json()) as { publicKey: string };
  const messages = new Messages({
    identity: { privateKey, publicKeyText },
    wallClock: wallClock(),
    taken: { takeMessage: async () => true },
  });
  const sign = async () =>
    (await messages.sign(receiver, { method: 'transport-key', body: {} })).text;
  const [first, second] = [await sign(), await sign()];
  expect(await send(server, first)).toBe(200);
  expect(await send(server, first)).toBe(403);
  const other = await Strongroom.start({
    yaml: {
      peers,
      databaseUrl: `sqlite:${databaseFile(server)}`,
      tokens: [tokenEntry(server.dataDir, 'root')],
    },
  });
  further.push(other);
  expect(await send(other, first)).toBe(403);
  expect(await send(other, second)).toBe(200);
  expect(await send(server, second)).toBe(403);
});
