import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trailContents } from '../support/audit-records.js';
import { encrypt, makeKey, makeTokenKey, PLAINTEXT } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { refusedStart } from '../support/refused-start.js';
import { openedMaterials } from '../support/root-key.js';
import { Strongroom } from '../support/strongroom.js';

/** A secret as it may lie in a file: as octets, in hex of both cases, in base64. */
function spellings(secret: Buffer): Buffer[] {
  const hex = secret.toString('hex');
  // Without the last characters, which depend on what follows.
  const base64 = secret.toString('base64').slice(0, Math.floor((secret.length * 4) / 3) - 1);
  return [secret, ...[hex, hex.toUpperCase(), base64].map((text) => Buffer.from(text))];
}

function reveals(content: Buffer, secret: Buffer): boolean {
  return spellings(secret).some((spelling) => content.includes(spelling));
}

describe('a database copied without its token', () => {
  let strongroom: Strongroom;
  let stolen: string;
  const secrets = new Map<string, Buffer>();
  const files = new Map<string, Buffer>();

  beforeAll(async () => {
    strongroom = await Strongroom.start();
    const client: KMSClient = await strongroom.client();
    const keyId = await makeKey(client);
    await makeKey(client);
    await makeTokenKey(client, await connectedKeyStore(strongroom, client));
    await encrypt(client, keyId);
    const { Plaintext } = await client.send(
      new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }),
    );
    for (const [index, octets] of (await openedMaterials(strongroom)).entries()) {
      secrets.set(`key material ${index}`, octets);
    }
    const { secretAccessKey } = await strongroom.credentials();
    const pinOf = async (id: string) => {
      const pin = await readFile(join(strongroom.dataDir, `${id}.pin`), 'utf8');
      return Buffer.from(pin.trim());
    };
    secrets.set('data key', Buffer.from(Plaintext ?? []));
    secrets.set('plaintext', PLAINTEXT);
    secrets.set('secret access key', Buffer.from(secretAccessKey));
    secrets.set('PIN of the root token', await pinOf('root'));
    secrets.set('PIN of the key store', await pinOf('cluster-softhsmtoken'));

    // While the server runs: the write-ahead log is part of the loot.
    stolen = await mkdtemp(join(tmpdir(), 'strongroom-stolen-'));
    for (const name of await readdir(strongroom.dataDir)) {
      if (!name.startsWith('strongroom.sqlite')) continue;
      await copyFile(join(strongroom.dataDir, name), join(stolen, name));
      files.set(name, await readFile(join(stolen, name)));
    }
  });
  afterAll(async () => {
    await strongroom.dispose();
    await rm(stolen, { recursive: true, force: true });
  });

  it('is a copy of something: the search would find what is there', () => {
    const everything = Buffer.concat([...files.values()]);
    expect(files.size).toBeGreaterThanOrEqual(2);
    expect([...secrets.keys()].filter((name) => name.startsWith('key material'))).toHaveLength(2);
    expect(reveals(everything, Buffer.from('cluster-softhsmtoken'))).toBe(true);
    for (const [name, secret] of secrets) {
      expect(secret.length, name).toBeGreaterThanOrEqual(8);
      for (const spelling of spellings(secret)) {
        expect(reveals(Buffer.concat([everything, spelling, everything]), secret), name).toBe(true);
      }
    }
  });

  it('holds no secret, in no spelling', () => {
    for (const [file, content] of files) {
      const found = [...secrets].filter(([, secret]) => reveals(content, secret));
      expect(found.map(([name]) => `${name} in ${file}`)).toEqual([]);
    }
  });

  it('no more do the audit trail and the log', async () => {
    const trail = await trailContents(strongroom);
    expect(trail.length).toBeGreaterThan(0);
    const content = Buffer.concat([...trail, Buffer.from(strongroom.log)]);
    const found = [...secrets].filter(([, secret]) => reveals(content, secret));
    expect(found.map(([name]) => name)).toEqual([]);
  });

  it('opens with no other token', async () => {
    const other = await Strongroom.create();
    try {
      for (const name of files.keys()) {
        await copyFile(join(stolen, name), join(other.dataDir, name));
      }
      // Whatever it is said to be: without that it is a copy, since the original is still there.
      const { line } = await refusedStart(other, '--as-copy');
      expect(line).toMatch(/does not hold the root key of this database/);
    } finally {
      await other.dispose();
    }
  });
});
