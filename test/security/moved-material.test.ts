import type { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, makeKey, PLAINTEXT, roundTrip } from '../support/clients.js';
import { databaseFile, query } from '../support/database-file.js';
import { eventually } from '../support/eventually.js';
import { sealRows } from '../support/root-key.js';
import { Strongroom } from '../support/strongroom.js';

describe('sealed material that was moved to another row', () => {
  let strongroom: Strongroom;
  let client: KMSClient;
  let mine: string;
  let yours: string;
  let ciphertexts: Map<string, Uint8Array>;

  beforeEach(async () => {
    strongroom = await Strongroom.start();
    client = await strongroom.client();
    [mine, yours] = [await makeKey(client), await makeKey(client)];
    ciphertexts = new Map([
      [mine, await encrypt(client, mine)],
      [yours, await encrypt(client, yours)],
    ]);
    await strongroom.stop();
  });
  afterEach(() => strongroom.dispose());

  async function startAgain(): Promise<void> {
    // As if the rows were not sealed: what is sealed in them doesn't depend on it.
    await sealRows(strongroom);
    await strongroom.start();
    client = await strongroom.client();
  }

  const change = (sql: string, values: unknown[]) => query(databaseFile(strongroom), sql, values);

  async function materialOf(keyId: string) {
    const [row] = await change('SELECT * FROM key_materials WHERE key_id = ?', [keyId]);
    if (!row) throw new Error(`key ${keyId} has no material`);
    return row;
  }

  async function expectUseless(keyId: string): Promise<void> {
    expect(await endingOf(encrypt(client, keyId))).toBe('KMSInternalException');
    expect(await endingOf(decrypt(client, ciphertextOf(keyId)))).toBe('KMSInternalException');
  }

  function ciphertextOf(keyId: string): Uint8Array {
    const ciphertext = ciphertexts.get(keyId);
    if (!ciphertext) throw new Error(`nothing was encrypted under ${keyId}`);
    return ciphertext;
  }

  it('does not open, and the log says why', async () => {
    const { sealed } = await materialOf(yours);
    await change('UPDATE key_materials SET sealed = ? WHERE key_id = ?', [sealed, mine]);
    await startAgain();
    await expectUseless(mine);
    await roundTrip(client, yours);
    await eventually('a word in the log', async () =>
      /was not sealed by this root key for this place/.test(strongroom.log),
    );
  });

  it.each([
    [
      'one bit',
      (sealed: Buffer) =>
        Buffer.concat([sealed.subarray(0, -1), Buffer.from([(sealed.at(-1) ?? 0) ^ 1])]),
    ],
    ['its end', (sealed: Buffer) => sealed.subarray(0, -1)],
    ['everything', () => Buffer.alloc(0)],
  ])('does not open either when it lost %s', async (_what, spoil) => {
    const { sealed } = await materialOf(mine);
    await change('UPDATE key_materials SET sealed = ? WHERE key_id = ?', [
      spoil(sealed as Buffer),
      mine,
    ]);
    await startAgain();
    await expectUseless(mine);
    await roundTrip(client, yours);
  });

  describe('together with its id', () => {
    beforeEach(async () => {
      const { material_id, sealed } = await materialOf(yours);
      const sql = 'UPDATE key_materials SET material_id = ?, sealed = ? WHERE key_id = ?';
      await change(sql, [material_id, sealed, mine]);
      await change('UPDATE keys SET current_material_id = ? WHERE key_id = ?', [material_id, mine]);
      await startAgain();
    });

    it("opens no ciphertext of either key's under the other", async () => {
      const ending = await endingOf(decrypt(client, ciphertextOf(mine)));
      expect(ending).not.toBe('answered');
      expect(Buffer.from(await decrypt(client, ciphertextOf(yours)))).toEqual(PLAINTEXT);
    });

    it('does not open either', async () => {
      expect(await endingOf(encrypt(client, mine))).toBe('KMSInternalException');
    });
  });
});
