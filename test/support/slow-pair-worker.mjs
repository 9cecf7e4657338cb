/**
 * The real worker of the crypto pool, on a machine so busy that no RSA pair is begun while the file of
 * this name is there.
 */
import { existsSync } from 'node:fs';
import { runTask as run } from '../../dist/src/keystores/software/worker.js';

const busy = process.env.SLOW_PAIR_WORKER ?? '';
const nothing = new Int32Array(new SharedArrayBuffer(4));

export function runTask(task) {
  if (task.kind === 'key-pair' && task.keySpec.startsWith('RSA')) {
    while (existsSync(busy)) Atomics.wait(nothing, 0, 0, 10);
  }
  return run(task);
}
