/**
 * The yardstick: the same PKCS#11 calls on the same key of the same token, made in a bare loop by
 * threads with a session each, in a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RawLoopOrder, RawLoopResult } from './raw-loop-messages.js';

const PROCESS = fileURLToPath(new URL('./raw-loop-process.ts', import.meta.url));

/** Runs one loop to its end. The PIN goes over the standard input only. */
export async function rawLoop(order: RawLoopOrder): Promise<RawLoopResult> {
  // The same loader of TypeScript that runs this file.
  const child = spawn(process.execPath, [...process.execArgv, PROCESS], {
    env: { ...process.env, ...order.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stdin.end(JSON.stringify(order));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the raw PKCS#11 loop ended with exit code ${code}`);
  return JSON.parse(Buffer.concat(output).toString('utf8')) as RawLoopResult;
}
