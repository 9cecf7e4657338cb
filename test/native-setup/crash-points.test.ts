import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLUSTER,
  type Ended,
  freshDataDir,
  logIn,
  MAKE_TOKENS,
  makeTokens,
  REQUEST,
  runNode,
  snapshot,
  tokensSeen,
} from './data-directory.js';

/** Two steps for all, five for the root token, six for the one with a trust anchor. */
const STEPS = 13;

describe('a run that is killed is completed by the next', () => {
  it.each(Array.from({ length: STEPS }, (_, step) => [step]))('after step %i', async (step) => {
    const dataDir = freshDataDir();
    expect((await runUntil(dataDir, step)).signal).toBe('SIGKILL');
    const pins = presentPins(dataDir);
    const tokens = existsSync(path.join(dataDir, 'softhsm/softhsm2.conf'))
      ? tokensSeen(dataDir)
      : [];
    await expectCompleted(dataDir);
    expect(presentPins(dataDir)).toMatchObject(pins);
    expect(tokensSeen(dataDir)).toEqual(expect.arrayContaining(tokens));
  });

  it('has no more steps than that', async () => {
    expect(await runUntil(freshDataDir(), STEPS)).toMatchObject({ code: 0, signal: null });
  });

  it('after any number of kills at any moment', async () => {
    const killDelays = fc.array(fc.nat(220), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(killDelays, async (delays) => {
        const dataDir = freshDataDir();
        for (const delay of delays) {
          await runNode([MAKE_TOKENS, dataDir], JSON.stringify(REQUEST), (kill) => {
            setTimeout(kill, delay);
          });
        }
        await expectCompleted(dataDir);
      }),
      { numRuns: 12 },
    );
  });
});

function runUntil(dataDir: string, step: number): Promise<Ended> {
  const program = path.resolve('test/native-setup/killed-at-step.mjs');
  const entry = path.resolve('dist/native-setup/softhsm/ensure-tokens.js');
  return runNode([program, entry, dataDir, String(step), JSON.stringify(REQUEST)], '');
}

async function expectCompleted(dataDir: string): Promise<void> {
  expect(await makeTokens(dataDir)).toMatchObject({ code: 0, stderr: '' });
  expect(tokensSeen(dataDir).map(({ label }) => label)).toEqual([CLUSTER, 'root']);
  logIn(dataDir, 'root');
  logIn(dataDir, CLUSTER);
  const files = [...snapshot(dataDir).keys()];
  expect(files).toEqual(
    expect.arrayContaining([`${CLUSTER}.crt`, 'softhsm/root.serial', `softhsm/${CLUSTER}.serial`]),
  );
  expect(files.filter((name) => name.includes('making') || name.endsWith('.new'))).toEqual([]);
}

function presentPins(dataDir: string): Record<string, string> {
  return Object.fromEntries(
    ['root', CLUSTER]
      .map((id) => path.join(dataDir, `${id}.pin`))
      .filter((file) => existsSync(file))
      .map((file) => [file, readFileSync(file, 'utf8')]),
  );
}
