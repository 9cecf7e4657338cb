/**
 * Files that settings name, and what makes a file another's: refused with one line that says which path,
 * what is wrong and what to do, as ssh (StrictModes) and PostgreSQL do.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { StartError } from './start-error.js';

/** User ids, this process's own first; undefined where there are none. */
export type Owners = readonly number[] | undefined;
export const OWNERS: Owners = process.geteuid && [process.geteuid(), 0];

/** Bits of a mode with which others can write, or do anything. */
export const WRITABLE = 0o022;
export const OPEN = 0o077;

/** As they should be. */
export const PRIVATE = { directory: 0o700, file: 0o600 } as const;

/**
 * Reads a secret file that a setting names. It may be a symbolic link, as Kubernetes mounts secrets, and
 * others may read it, as they may there; but who can write it chooses the secret, so what the link leads
 * to must belong to this process's user or root, and let nobody else write.
 * @param owners to whom it may belong
 * @throws StartError when it isn't so; else the file system's error
 */
export function readNamedSecret(path: string, owners = OWNERS): Buffer {
  const file = openSync(path, constants.O_RDONLY);
  try {
    refuseForeign(path, fstatSync(file), { forbidden: WRITABLE, owners });
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** @throws StartError when it belongs to nobody of `owners`, or its mode has a bit of `forbidden` */
export function refuseForeign(
  path: string,
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  { forbidden, owners }: { readonly forbidden: number; readonly owners: Owners },
): void {
  const kind = (mode & constants.S_IFMT) === constants.S_IFDIR ? 'directory' : 'file';
  if (owners && !owners.includes(uid)) {
    const [self] = owners;
    throw refusal(path, `belongs to user ${uid}, not to ${self}`, `chown it to user ${self}`);
  }
  if ((mode & forbidden) !== 0) {
    const what = forbidden === OPEN ? 'is open to others' : 'is writable by others';
    const wanted = `0${PRIVATE[kind].toString(8)}`;
    throw refusal(path, `${what} (mode 0${(mode & 0o7777).toString(8)})`, `chmod it to ${wanted}`);
  }
}

/** What is wrong with a path, and the remedy, in one line. */
export function refusal(path: string, what: string, remedy: string): StartError {
  return new StartError(`${path} ${what}; look who has put it there, and ${remedy}`);
}
