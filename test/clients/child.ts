import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** Its last part: what a user would look at. */
  readonly stderr: string;
  readonly seconds: number;
  readonly late: boolean;
}

interface Order {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limitMs: number;
}

const SHOWN = 4000;

/** Runs a command to its end, or until its time is over: then it and what it started are killed. */
export function runToEnd(command: readonly [string, ...string[]], order: Order): Promise<Ended> {
  const [file, ...args] = command;
  const startedAt = performance.now();
  const said = { stdout: '', stderr: '' };
  return new Promise((resolve, reject) => {
    // A group of its own, so that what a package manager starts ends with it.
    const child = spawn(file, args, { cwd: order.cwd, env: order.env, detached: true });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, constants.signals.SIGKILL);
    }, order.limitMs);
    child.stdout.on('data', (chunk) => {
      said.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said.stderr = (said.stderr + chunk).slice(-SHOWN);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ ...said, code, late, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}
