import { expect } from 'vitest';
import { directoryDigest } from './directory-digest.js';
import type { Strongroom } from './strongroom.js';

export interface RefusedStart {
  /** The one line that the operator reads. */
  readonly line: string;
  /** Paths in the data directory that came, went or differ since. */
  readonly changed: readonly string[];
}

/**
 * Starts a server that must refuse: exit code 1, or 3 when something cannot be reached, and one line beside the log's JSON.
 * @param options of `serve`
 */
export async function refusedStart(
  strongroom: Strongroom,
  ...options: string[]
): Promise<RefusedStart> {
  const before = await directoryDigest(strongroom.dataDir);
  const { code, stdout, stderr } = await strongroom.cli('serve', ...options);
  const after = await directoryDigest(strongroom.dataDir);
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  const wanted = /cannot be reached/.test(lines[0] ?? '') ? 3 : 1;
  expect({ code, stdout, lines: lines.length }).toEqual({ code: wanted, stdout: '', lines: 1 });
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return {
    line: lines[0] ?? '',
    changed: paths.filter((path) => before.get(path) !== after.get(path)),
  };
}
