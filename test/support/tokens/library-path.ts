import { existsSync } from 'node:fs';

const DIRECTORIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib'];

/** Where Debian put a library, by the end of its path. */
export function libraryPath(name: string): string {
  const paths = DIRECTORIES.map((directory) => `${directory}/${name}`);
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`none of these is there: ${paths.join(', ')}`);
  return path;
}
