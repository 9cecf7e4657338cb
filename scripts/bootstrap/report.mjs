/**
 * Vitest's reporter of a run's totals: how many tests passed, and each thing that failed, wherever it
 * failed; vitest's own JSON report leaves out what fails in a hook or outside all tests. It writes
 * them, as JSON, to the file that the variable TEST_REPORT names.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Holds the path of the report. */
export const REPORT = 'TEST_REPORT';

const LONGEST_ERROR = 200;

export default class Report {
  onTestRunEnd(modules, unhandled) {
    writeFileSync(process.env[REPORT], JSON.stringify(reportOf(modules, unhandled)));
  }
}

/**
 * @param asTheyEnded vitest's TestModules
 * @param unhandled the errors that no test waited for
 * @returns {{ passed: number, failures: { file: string, name: string, error: string }[] }} files
 *   relative to the working directory, errors in one line of 200 characters at most
 */
function reportOf(asTheyEnded, unhandled) {
  const modules = asTheyEnded.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const failedTests = tests
    .filter((test) => test.result().state === 'failed')
    .map((test) => failure(test.module, test.fullName, test.result().errors));
  const outsideTests = modules.flatMap((module) =>
    [module, ...module.children.allSuites()]
      .filter((place) => place.errors().length > 0)
      .map((place) => failure(module, place.fullName ?? 'the file itself', place.errors())),
  );
  const ofNobody = unhandled.map((error) => ({
    file: error.VITEST_TEST_PATH ? relative(error.VITEST_TEST_PATH) : '',
    name: error.VITEST_TEST_NAME ?? 'outside all tests',
    error: firstLine([error]),
  }));
  return {
    passed: tests.filter((test) => test.result().state === 'passed').length,
    failures: [...failedTests, ...outsideTests, ...ofNobody],
  };
}

function failure(module, name, errors) {
  return { file: relative(module.moduleId), name: inOneLine(name), error: firstLine(errors) };
}

function relative(file) {
  return path.relative(process.cwd(), file);
}

function firstLine(errors = []) {
  const { name = 'Error', message = '' } = errors[0] ?? {};
  const line = stripVTControlCharacters(message).trim().split('\n', 1)[0];
  const text = line.startsWith(name) ? line : `${name}: ${line}`;
  return text.slice(0, LONGEST_ERROR);
}

function inOneLine(text) {
  return text.replace(/\s+/g, ' ');
}
