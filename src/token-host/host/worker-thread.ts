import { parentPort, workerData } from 'node:worker_threads';
import { tokenProfile } from '../vendors/index.js';
import { CallRunner } from './call-runner.js';
import { handleFromNumber, loadLibrary } from './pkcs11.js';
import type { ThreadReply, ThreadRequest, WorkerData } from './thread-messages.js';

// A worker thread of the token host: one session, synchronous calls, one after the other.

const data = workerData as WorkerData;
const port = parentPort;
if (port === null) throw new Error('worker-thread.ts runs as a worker thread of the token host');

// The management thread has initialised the library for the whole process.
const library = loadLibrary(data.settings.module);

function reply(message: ThreadReply): void {
  port?.postMessage(message);
}

const runner = new CallRunner(
  library,
  handleFromNumber(data.slot),
  tokenProfile(data.settings),
  () => reply({ kind: 'progress' }),
);

port.on('message', (request: ThreadRequest) => {
  if (request.kind === 'worker-call') {
    reply({ kind: 'done', id: request.id, outcome: runner.run(request) });
  } else if (request.kind === 'close') {
    runner.close();
    port.close();
  }
});
