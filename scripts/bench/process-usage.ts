import { readFile } from 'node:fs/promises';

/** USER_HZ: what `/proc` counts in, on every architecture that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;

/** Of /proc/<pid>/stat, counted from the state, which follows the command in brackets. */
const UTIME = 11;
const STIME = 12;

/** CPU that a process and its threads have used so far, user and system, in microseconds. */
export async function cpuMicroseconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[UTIME]) + Number(fields[STIME]);
  return (ticks * 1_000_000) / TICKS_PER_SECOND;
}

/** Memory of a process that is in RAM now, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no resident memory`);
  return Number(kilobytes) * 1024;
}
