import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownConformanceServer } from '../support/faces/conformance-server.js';
import { keyRows } from '../support/operations/operation-rows.js';
import { IMPORTED, PLAINTEXT, sharedSurroundings } from '../support/operations/surroundings.js';
import { SHARED_SETTINGS } from '../support/shared-server.js';

const server = ownConformanceServer(SHARED_SETTINGS);

/** Every file below a directory, as Latin-1, so that raw octets are found as well. */
async function textsBelow(dir: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    texts.set(path, (await readFile(path)).toString('latin1'));
  }
  return texts;
}

/** The forms in which octets are usually written. */
function formsOf(secret: Buffer): string[] {
  return [
    secret.toString('latin1'),
    secret.toString('base64'),
    secret.toString('base64url'),
    secret.toString('hex'),
    secret.toString('hex').toUpperCase(),
    [...secret].join(),
  ];
}

/** Of the octets that are sent and answered, those that anybody may have. */
const PUBLIC: ReadonlySet<string> = new Set(['PublicKey']);
const used = keyRows.filter(({ changes }) => !changes);

describe('software', () => {
  it('writes no secret, message, signature, ciphertext or MAC anywhere', async () => {
    const secrets = new Map<string, Buffer>([
      ['plaintext', PLAINTEXT],
      ['imported material', IMPORTED],
    ]);
    const shared = sharedSurroundings(() => ({ server, face: 'AWS JSON' }));
    for (const row of used) {
      const at = await shared(row);
      const input = await row.input(at.key.id, at);
      const { output, error } = await at.exchange(row.operation, input);
      expect({ title: row.title, error }).toEqual({ title: row.title, error: undefined });
      for (const [name, value] of Object.entries({ ...input, ...output })) {
        if (Buffer.isBuffer(value) && !PUBLIC.has(name)) secrets.set(`${row.title} ${name}`, value);
      }
      // A refusal must not tell what it refuses, either.
      if (row.operation.startsWith('Verify')) {
        const wrong = { ...input, Message: randomBytes(9) };
        expect((await at.exchange(row.operation, wrong)).error).toBeDefined();
      }
    }
    expect(secrets.size).toBeGreaterThan(30);
    await server.strongroom.stop();

    const texts = await textsBelow(server.strongroom.dataDir);
    texts.set('stderr', server.strongroom.log);
    // The search finds what is there: every operation, in the trail.
    for (const { operation } of used) {
      expect([...texts.values()].some((text) => text.includes(`"${operation}"`))).toBe(true);
    }
    for (const [name, secret] of secrets) {
      const forms = formsOf(secret);
      const places = [...texts].filter(([, text]) => forms.some((form) => text.includes(form)));
      expect({ name, places: places.map(([path]) => path) }).toEqual({ name, places: [] });
    }
  });
});
