import { readdir, readFile } from 'node:fs/promises';

/** The process ids of the running token hosts of one token, from the process list. */
export async function hostProcesses(tokenId: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // A process may end while it is looked at; then it is none of ours.
    const commandLine = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '');
    const argv = commandLine.split('\0');
    if (argv.includes('token-host') && argv.includes(tokenId)) found.push(Number(name));
  }
  return found;
}
