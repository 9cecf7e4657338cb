import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.mjs';
import { REPORT } from './report.mjs';

/** The module of vitest's reporter, which a run names. */
export const REPORTER = fileURLToPath(new URL('report.mjs', import.meta.url));

/** A user's own settings, which could lead a test to the user's data or tokens. */
const USER_SETTINGS = /^(STRONGROOM_|SOFTHSM2_CONF$)/;

/**
 * Runs the tests and ends with a line for each failure and one line `N passed, N failed`, so that the
 * end of a log says what failed.
 * @param {string} repository where the tests are
 * @param {readonly string[]} args what followed `npm test --`
 * @returns {Promise<number>} the test runner's exit code
 */
export async function runTests(repository, args) {
  const reportDir = mkdtempSync(path.join(tmpdir(), 'strongroom-test-report-'));
  const reportFile = path.join(reportDir, 'report.json');
  try {
    const code = await runChild(
      path.join(repository, 'node_modules', '.bin', 'vitest'),
      ['run', '--reporter=default', `--reporter=${REPORTER}`, ...args],
      {
        cwd: repository,
        env: { ...withoutUserSettings(process.env), [REPORT]: reportFile },
      },
    );
    const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : {};
    for (const line of closingLines(report, code)) console.log(line);
    return code;
  } finally {
    rmSync(reportDir, { recursive: true, force: true });
  }
}

/**
 * What a run's log ends with. A run that fails without a failure in its report counts as one: the
 * totals never look better than the exit code.
 * @param report what the reporter wrote; empty when it wrote nothing
 * @param {number} exitCode the test runner's
 */
export function closingLines({ passed = 0, failures = [] }, exitCode) {
  const failed = Math.max(failures.length, exitCode === 0 ? 0 : 1);
  return [
    ...failures.map(({ file, name, error }) => `FAILED ${file} | ${name} | ${error}`),
    `${passed} passed, ${failed} failed`,
  ];
}

/** The environment without what the user has set for a server of their own. */
export function withoutUserSettings(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !USER_SETTINGS.test(name)),
  );
}
