/** See busy-loops.ts. Argument: how many. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

process.once('disconnect', () => process.exit(0));
const busy = 'require("node:worker_threads").parentPort.postMessage(0); for (;;);';
for (let count = Number(process.argv[2]); count > 0; count -= 1) {
  await once(new Worker(busy, { eval: true }), 'message');
}
process.send('busy');
