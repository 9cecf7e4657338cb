import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureQuickStartTokens, type QuickStartOptions } from '../../native-setup/quick-start.js';
import { TokenSetupRefusal } from '../../native-setup/softhsm/refusal.js';
import { CLUSTER, freshDataDir, logIn, MAKE_TOKENS, REQUEST, snapshot } from './data-directory.js';

/** An empty program: set-up that starts it fails for want of a result. */
const NO_ENTRY = '/dev/null';

function quickStart(dataDir: string, change: Partial<QuickStartOptions> = {}) {
  const lines: string[] = [];
  const done = ensureQuickStartTokens({
    dataDir,
    tokens: REQUEST.tokens,
    makeTokensEntry: MAKE_TOKENS,
    log: (line) => lines.push(line),
    ...change,
  });
  return { done, lines };
}

describe('ensureQuickStartTokens', () => {
  it('makes the tokens once and says so without a PIN', async () => {
    const dataDir = freshDataDir();
    const first = quickStart(dataDir);
    await first.done;
    logIn(dataDir, 'root');
    expect(first.lines).toHaveLength(2);
    for (const id of ['root', CLUSTER]) {
      const pin = readFileSync(path.join(dataDir, `${id}.pin`), 'utf8');
      expect(first.lines.join('\n')).not.toContain(pin);
    }
    const before = snapshot(dataDir);
    const second = quickStart(dataDir, { makeTokensEntry: NO_ENTRY });
    await second.done;
    expect(second.lines).toEqual([]);
    expect(snapshot(dataDir)).toEqual(before);
  });

  it.each([
    'root.pin',
    `${CLUSTER}.crt`,
    'softhsm/root.serial',
    'softhsm/softhsm2.conf',
    'softhsm/tokens',
  ])('looks closer when %s is missing', async (name) => {
    const dataDir = freshDataDir();
    await quickStart(dataDir).done;
    rmSync(path.join(dataDir, name), { recursive: true });
    await expect(quickStart(dataDir, { makeTokensEntry: NO_ENTRY }).done).rejects.toThrow(
      'ended without a result',
    );
  });

  it('passes a refusal on as one line', async () => {
    const dataDir = freshDataDir();
    await quickStart(dataDir, { tokens: [] }).done;
    writeFileSync(path.join(dataDir, 'strongroom.sqlite'), '');
    const refused = quickStart(dataDir).done;
    await expect(refused).rejects.toBeInstanceOf(TokenSetupRefusal);
    await expect(refused).rejects.toThrow(
      /^token root in .+: the token of this database is [^\n]+$/,
    );
  });

  it('refuses beside a database elsewhere', async () => {
    await expect(quickStart(freshDataDir(), { databaseExists: true }).done).rejects.toThrow(
      'the token of this database is missing',
    );
  });

  it('takes another PKCS#11 library', async () => {
    await expect(quickStart(freshDataDir(), { library: '/nowhere.so' }).done).rejects.toThrow(
      'there is no /nowhere.so',
    );
  });
});
