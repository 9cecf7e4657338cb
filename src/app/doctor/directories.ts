/** The data directory and that of the audit trail, and what their files say of the clock. */
import { lstat, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ownDirectory } from '../../db/private-files.js';
import { type Check, type Found, failed, ok, warning } from './finding.js';

const LITTLE_ROOM = 1_073_741_824;
/** Of writing and looking. */
const CLOCK_SLACK_MS = 5000;

export const directories: Check = async ({ config }) => {
  const { dataDir, audit } = config;
  return [
    await directory(dataDir, failed(`${dataDir} is not there: run strongroom init`)),
    await directory(audit.dir, warning(`${audit.dir} is not there: serve makes it`)),
  ];
};

/** @param missing what is found where it is not there */
async function directory(dir: string, missing: Found): Promise<Found> {
  if (!(await isThere(dir))) return missing;
  await ownDirectory(dir);
  const { bavail, bsize } = await statfs(dir);
  const room = bavail * bsize;
  const words = `${Math.floor(room / 1_048_576)} MiB are free`;
  return room < LITTLE_ROOM ? warning(`${dir}: only ${words}`) : ok(`${dir} is its own; ${words}`);
}

/** A clock that was set back writes records before older ones, and keeps keys longer. */
export const clock: Check = async ({ config, now }) => {
  for (const dir of [config.dataDir, config.audit.dir]) {
    if (!(await isThere(dir))) continue;
    for (const name of await readdir(dir)) {
      const file = await lstat(join(dir, name));
      const ahead = file.mtimeMs - now;
      if (ahead > CLOCK_SLACK_MS) {
        const seconds = Math.round(ahead / 1000);
        return [failed(`${join(dir, name)} was written ${seconds} s after now: the clock is slow`)];
      }
    }
  }
  return [ok('no file is of a later time')];
};

async function isThere(dir: string): Promise<boolean> {
  try {
    return (await stat(dir)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
