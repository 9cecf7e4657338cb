import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, keyState, makeKey, makeTokenKey } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { databaseFile, query } from '../support/database-file.js';
import { directoryDigest } from '../support/directory-digest.js';
import { CLUSTER_ID, configure, tokenEntry } from '../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { refusedStart } from '../support/refused-start.js';
import { SimulatedServer } from '../support/simulated-server.js';
import type { Strongroom } from '../support/strongroom.js';

const PENDING_DAYS = 7;
const SIMULATED = { clock: 'simulated', developmentServer: true };

let original: Strongroom;
let store: string;
let hsmKey: string;
let softwareKey: string;
let ciphertexts: Uint8Array[];
let copy: Strongroom;

/** The original as each test finds it, kept elsewhere. */
let kept: Strongroom;

beforeAll(async () => {
  original = (await SimulatedServer.start({ yaml: { regions: ['us-east-1'] } })).strongroom;
  const client = await original.client();
  store = await connectedKeyStore(original, client);
  [hsmKey, softwareKey] = [await makeTokenKey(client, store), await makeKey(client)];
  ciphertexts = [await encrypt(client, hsmKey), await encrypt(client, softwareKey)];
  await original.stop();
  kept = await original.copy();
});

beforeEach(async () => {
  await rm(original.dataDir, { recursive: true, force: true });
  await cp(kept.dataDir, original.dataDir, { recursive: true, preserveTimestamps: true });
  copy = await original.copy();
});

afterEach(async () => {
  await copy.dispose();
  await original.stop();
});

afterAll(async () => {
  await kept?.dispose();
  await original?.dispose();
});

async function expectAllDecrypt(strongroom: Strongroom): Promise<void> {
  const own = await strongroom.client();
  await connectionState(own, store, 'CONNECTED');
  for (const ciphertext of ciphertexts) await decrypt(own, ciphertext);
}

/** Has the copy delete the key in the token, and waits until it is gone from its database. */
async function deletedOnCopy(): Promise<void> {
  const own = await copy.client();
  await connectionState(own, store, 'CONNECTED');
  await own.send(
    new ScheduleKeyDeletionCommand({ KeyId: hsmKey, PendingWindowInDays: PENDING_DAYS }),
  );
  await SimulatedServer.of(copy).advance(PENDING_DAYS + 1);
  await expect.poll(() => endingOf(keyState(own, hsmKey))).toBe('NotFoundException');
  await expect.poll(() => copiedObjects()).toEqual([]);
}

const copiedObjects = () =>
  query(databaseFile(copy), `SELECT status FROM token_objects WHERE key_id = '${hsmKey}'`);

describe('a copied data directory, with the original still there', () => {
  it('is refused until it is said what it is, and touches nothing', async () => {
    const before = await directoryDigest(original.dataDir);
    const { line, changed } = await refusedStart(copy);
    expect(line).toContain(
      `${copy.dataDir} is a copy of ${original.dataDir}, which is still there`,
    );
    expect(line).toContain('--as-copy');
    expect(line).toContain('--moved');
    expect(changed).toEqual([]);
    expect(await directoryDigest(original.dataDir)).toEqual(before);
  });

  it('is refused likewise when its id was lost, and when databases did not yet say where they were', async () => {
    await rm(join(copy.dataDir, 'node-id'));
    expect((await refusedStart(copy)).line).toContain('is a copy of');
    await rm(copy.dir, { recursive: true });
    copy = await original.copy();
    await query(databaseFile(copy), 'DELETE FROM installations');
    expect((await refusedStart(copy)).line).toContain('is a copy of');
  });

  it('--as-copy: has tokens of its own, and is a server of its own ever after', async () => {
    await original.start();
    await copy.start('--as-copy');
    await expectAllDecrypt(copy);
    await deletedOnCopy();
    await expect.poll(() => new Pkcs11Tool(copy, CLUSTER_ID).keyIds()).toEqual([]);
    expect(await new Pkcs11Tool(original, CLUSTER_ID).keyIds()).toHaveLength(1);
    await expectAllDecrypt(original);

    await copy.stop();
    const identity = await query(databaseFile(copy), 'SELECT node_id, data_dir FROM installations');
    expect(identity).toMatchObject([{ data_dir: copy.dataDir }]);
    await copy.start('--as-copy');
    await copy.stop();
    await copy.start();
    expect(await query(databaseFile(copy), 'SELECT node_id, data_dir FROM installations')).toEqual(
      identity,
    );
  });

  it('--as-copy: what it shares with the original in a token that was not copied, it never destroys', async () => {
    const entries = ['root', CLUSTER_ID].map((id) => tokenEntry(original.dataDir, id));
    await configure(copy, { ...SIMULATED, tokens: entries });
    await copy.start('--as-copy');
    await deletedOnCopy();
    const own = await makeTokenKey(await copy.client(), store);
    await copy.stop();
    // What the copy itself has made is its own.
    const made = `SELECT status FROM token_objects WHERE key_id = '${own}'`;
    expect(await query(databaseFile(copy), made)).toEqual([{ status: 'live' }]);
    expect(await new Pkcs11Tool(original, CLUSTER_ID).keyIds()).toHaveLength(2);
    await original.start();
    await expectAllDecrypt(original);
  });

  it('--as-copy goes on when it was killed before the directory had its own id', async () => {
    await copy.start('--as-copy');
    const [row] = await query(databaseFile(copy), 'SELECT node_id, copy_of FROM installations');
    await copy.kill();
    await writeFile(join(copy.dataDir, 'node-id'), `${row?.copy_of}\n`, { mode: 0o600 });
    await copy.start();
    expect(await query(databaseFile(copy), 'SELECT node_id, copy_of FROM installations')).toEqual([
      row,
    ]);
  });

  it.each([
    [
      'the database',
      () => ({ databaseUrl: `sqlite:${databaseFile(original)}` }),
      /needs a database that was copied/,
    ],
    [
      'the trust of servers of other Regions',
      () => ({ peers: { 'eu-west-1': `https://peer.example#ed25519:${'A'.repeat(43)}` } }),
      /needs a configuration without peers/,
    ],
  ])('--as-copy is refused with what the original may use: %s', async (_what, settings, line) => {
    await configure(copy, settings());
    expect((await refusedStart(copy, '--as-copy')).line).toMatch(line);
  });

  it('--moved is refused while the original runs, and taken when it does not', async () => {
    await original.start();
    expect((await refusedStart(copy, '--moved')).line).toContain(
      `a server is running on ${original.dataDir}`,
    );
    await original.stop();
    await copy.start('--moved');
    await expectAllDecrypt(copy);
    await copy.stop();
    await copy.start();
  });
});

describe('a data directory that was moved', () => {
  it('is served where it is, with its own tokens, and nothing is asked', async () => {
    await rm(copy.dataDir, { recursive: true });
    await rename(original.dataDir, copy.dataDir);
    await copy.start();
    await expectAllDecrypt(copy);
    await makeTokenKey(await copy.client(), store);
    expect(await new Pkcs11Tool(copy, CLUSTER_ID).keyIds()).toHaveLength(2);
    await copy.stop();
    // Something else may stand at the old place.
    await mkdir(original.dataDir);
    await copy.start();
  });
});
