import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenClient } from '../../src/token-host/client/client.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { makeKey, roundTrip } from '../support/clients.js';
import { databaseFile, query } from '../support/database-file.js';
import { configure, tokenEntry } from '../support/faulty-strongroom.js';
import { refusedStart } from '../support/refused-start.js';
import { makeSoftHsmToken, type SoftHsmToken } from '../support/softhsm-token.js';
import { Strongroom } from '../support/strongroom.js';
import { TOKEN_HOST_ENTRY } from '../support/token-bench.js';

const DEADLINE_MS = 20_000;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe("a start with a root token that isn't this database's", () => {
  let strongroom: Strongroom;
  let other: SoftHsmToken;
  let keyId: string;

  beforeEach(async () => {
    [strongroom, other] = await Promise.all([
      Strongroom.start(),
      makeSoftHsmToken({ label: 'root' }),
    ]);
    keyId = await makeKey(await strongroom.client());
    await strongroom.stop();
  });
  afterEach(() => Promise.all([strongroom.dispose(), other.dispose()]));

  /** Has the server use the other token: the same label, another PIN, another serial number. */
  async function exchangeToken(): Promise<void> {
    const pinFile = join(other.dir, 'pin');
    await writeFile(pinFile, other.pin, { mode: 0o600 });
    const entry = tokenEntry(strongroom.dataDir, 'root', { env: other.env, pinFile });
    await configure(strongroom, { tokens: [entry] });
  }

  /** A key in the other token that only looks like the root key. */
  async function forgeRootKey(): Promise<void> {
    const [binding] = await query(databaseFile(strongroom), 'SELECT cka_id FROM root_key');
    const client = new TokenClient({
      settings: {
        id: 'forger',
        module: other.module,
        label: other.label,
        vendor: 'softhsm',
        sessions: 1,
        callTimeoutMs: DEADLINE_MS,
        managementTimeoutMs: DEADLINE_MS,
        startTimeoutMs: DEADLINE_MS,
        maxQueued: 1,
        env: { ...other.env },
      },
      entry: TOKEN_HOST_ENTRY,
      socketDir: join(other.dir, 'sockets'),
      log: quiet,
    });
    await client.start(other.pin);
    try {
      const ckaId = String(binding?.cka_id);
      const label = `strongroom:root:${ckaId}`;
      await client.call('generateKey', ckaId, { label, order: AES_256 }, Date.now() + DEADLINE_MS);
    } finally {
      await client.stop();
    }
  }

  it.each([
    ['an empty one', async () => undefined],
    ['one with another key under the same CKA_ID', forgeRootKey],
  ])('%s: one clear line, and nothing is changed', async (_which, prepare) => {
    await prepare();
    await exchangeToken();
    const { line, changed } = await refusedStart(strongroom);
    expect(line).toMatch(/the root token root \(serial \w+\) does not hold the root key of this/);
    expect(changed).toEqual([]);

    await configure(strongroom, {});
    await strongroom.start();
    await roundTrip(await strongroom.client(), keyId);
  });
});
