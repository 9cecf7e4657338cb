import { readFile } from 'node:fs/promises';
import { eventually } from './eventually.js';
import type { Strongroom } from './strongroom.js';

/** Whether a process is there and no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  return state !== '' && state !== 'Z';
}

/** Settles when the process has ended. */
export async function whenGone(pid: number): Promise<void> {
  await eventually(`the end of process ${pid}`, async () => !(await isAlive(pid)));
}

/** The process id of a token's host, once there is one that isn't `other`. */
export function hostOf(strongroom: Strongroom, tokenId: string, other?: number): Promise<number> {
  return eventually(`a token host of ${tokenId}`, async () => {
    const pid = (await strongroom.tokenHosts()).get(tokenId);
    return pid !== other && pid;
  });
}

/** The memory of a process that is in RAM, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
