/** Files of the operator's that hold secrets: who else may read them. */
import { type Stats, statSync } from 'node:fs';
import { sep } from 'node:path';
import type { Config } from '../config/config.js';
import { OPEN, OWNERS, refuseForeign } from '../kernel/foreign-files.js';

/** A mode's bit with which everybody may read. */
const READABLE = 0o004;

export interface OpenSecret {
  readonly file: string;
  /** As chmod writes it. */
  readonly mode: string;
}

/**
 * The secret files that everybody on this machine may read. Kubernetes mounts them so, where nobody else
 * is on the machine: whether it is amiss the operator knows.
 * @throws StartError for one in a directory of the server's own that anybody else may read: there nothing
 * has to be so, and ssh refuses a key for it
 */
export function openSecrets({
  secretFiles,
  dataDir,
  audit,
}: Pick<Config, 'secretFiles' | 'dataDir' | 'audit'>): OpenSecret[] {
  return secretFiles.flatMap((file) => {
    const stats = statsOf(file);
    if (!stats) return [];
    const isOurs = [dataDir, audit.dir].some((dir) => file.startsWith(dir + sep));
    if (isOurs) refuseForeign(file, stats, { forbidden: OPEN, owners: OWNERS });
    if ((stats.mode & READABLE) === 0) return [];
    return [{ file, mode: `0${(stats.mode & 0o7777).toString(8)}` }];
  });
}

/** Whoever reads a file that isn't there says so. */
function statsOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}
