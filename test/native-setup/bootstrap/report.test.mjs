import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { REPORT } from '../../../scripts/bootstrap/report.mjs';
import { closingLines, REPORTER } from '../../../scripts/bootstrap/run-tests.mjs';

describe('the closing lines of a test run', () => {
  const failure = { file: 'test/a.test.ts', name: 'a > b', error: 'Error: no' };
  const line = 'FAILED test/a.test.ts | a > b | Error: no';

  it.each([
    ['all passed', { passed: 3, failures: [] }, 0, ['3 passed, 0 failed']],
    [
      'two failed',
      { passed: 2, failures: [failure, failure] },
      1,
      [line, line, '2 passed, 2 failed'],
    ],
    ['the run failed, nobody says why', { passed: 2, failures: [] }, 1, ['2 passed, 1 failed']],
    ['no report at all', {}, 1, ['0 passed, 1 failed']],
  ])('%s', (_, report, exitCode, lines) => {
    expect(closingLines(report, exitCode)).toEqual(lines);
  });
});

/** A run in which something fails at each place where something can. */
const FILES = {
  'vitest.config.mjs': 'export default { test: { isolate: false, maxWorkers: 1 } };',
  'a-tests.test.mjs': `
    import { beforeAll, describe, expect, it } from 'vitest';
    describe('tests', () => {
      it('passes', () => {});
      it('expects\\nmore', () => expect({ a: 1 }).toEqual({ a: 2 }));
      it('says much', () => { throw new TypeError('x'.repeat(500)); });
    });
    describe('hooks', () => {
      beforeAll(() => { throw new Error('first\\nsecond'); });
      it('is not reached', () => {});
    });`,
  'b-load.test.mjs': 'import "./nowhere.mjs";',
  'c-rejection.test.mjs': `
    import { it } from 'vitest';
    it('leaves a rejection', async () => {
      void Promise.reject(new Error('nobody waits'));
      await new Promise(setImmediate);
    });`,
};

it('the report has what failed in a run, wherever it failed', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'strongroom-report-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(path.join(directory, name), text);
  }
  symlinkSync(path.resolve('node_modules'), path.join(directory, 'node_modules'));
  const report = path.join(directory, 'report.json');
  const exitCode = await new Promise((resolve) => {
    const child = execFile(
      path.resolve('node_modules/.bin/vitest'),
      ['run', `--reporter=${REPORTER}`],
      { cwd: directory, env: { PATH: process.env.PATH, [REPORT]: report } },
    );
    child.once('close', resolve);
  });
  expect(closingLines(JSON.parse(readFileSync(report, 'utf8')), exitCode)).toEqual([
    'FAILED a-tests.test.mjs | tests > expects more | AssertionError: expected { a: 1 } to deeply equal { a: 2 }',
    `FAILED a-tests.test.mjs | tests > says much | ${`TypeError: ${'x'.repeat(500)}`.slice(0, 200)}`,
    'FAILED a-tests.test.mjs | hooks | Error: first',
    `FAILED b-load.test.mjs | the file itself | Error: Cannot find module './nowhere.mjs' imported from ${directory}/b-load.test.mjs`.slice(
      0,
      200,
    ),
    'FAILED c-rejection.test.mjs | leaves a rejection | Error: nobody waits',
    '2 passed, 5 failed',
  ]);
});
