import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runChild } from './child.mjs';

/** A user's own settings, which could lead a test to the user's data or tokens. */
const USER_SETTINGS = /^(STRONGROOM_|SOFTHSM2_CONF$)/;

/**
 * Runs the tests and ends with one line `N passed, N failed`.
 * @param {readonly string[]} args what followed `npm test --`
 * @returns {Promise<number>} the test runner's exit code
 */
export async function runTests(repository, args) {
  const reportDir = mkdtempSync(path.join(tmpdir(), 'strongroom-test-report-'));
  const reportFile = path.join(reportDir, 'report.json');
  try {
    const code = await runChild(
      path.join(repository, 'node_modules', '.bin', 'vitest'),
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...args],
      { cwd: repository, env: withoutUserSettings(process.env) },
    );
    const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : {};
    console.log(totalsLine(report, code));
    return code;
  } finally {
    rmSync(reportDir, { recursive: true, force: true });
  }
}

/**
 * The closing line. A file that fails outside its tests counts as one failure, and so does a run
 * that fails for any other reason: the line never looks better than the exit code.
 * @param report what vitest's JSON reporter wrote
 * @param {number} exitCode the test runner's
 */
export function totalsLine(report, exitCode) {
  const { numPassedTests = 0, numFailedTests = 0, testResults = [] } = report;
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = Math.max(numFailedTests + brokenFiles, exitCode === 0 ? 0 : 1);
  return `${numPassedTests} passed, ${failed} failed`;
}

/** The environment without what the user has set for a server of their own. */
export function withoutUserSettings(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !USER_SETTINGS.test(name)),
  );
}
