import { parentPort, workerData } from 'node:worker_threads';
import { tokenProfile } from '../vendors/index.js';
import { CallRunner } from './call-runner.js';
import { loadLibrary } from './pkcs11.js';
import type {
  ManagementAnswer,
  ManagementData,
  Outcome,
  ThreadReply,
  ThreadRequest,
  WorkerCall,
} from './thread-messages.js';
import { TokenManagement } from './token-management.js';

// The management thread. Where a library allows one thread only, it runs the workers' calls as well.

const { settings } = workerData as ManagementData;
const port = parentPort;
if (port === null) throw new Error('management-thread.ts runs as a thread of the token host');

function post(message: ThreadReply): void {
  port?.postMessage(message);
}

const library = loadLibrary(settings.module);
const management = new TokenManagement(library, settings, post);
let runner: CallRunner | undefined;

function runAsWorker(call: WorkerCall): Outcome {
  if (runner === undefined) {
    const { slot } = management;
    if (slot === undefined) throw new TypeError('The management thread has not started');
    const progress = (): void => post({ kind: 'progress' });
    runner = new CallRunner(library, slot, tokenProfile(settings), progress);
  }
  return runner.run(call);
}

async function answer(request: ThreadRequest): Promise<ManagementAnswer | undefined> {
  switch (request.kind) {
    case 'start':
      return management.start(Buffer.from(request.pin.buffer));
    case 'refresh':
      return management.refresh(request.login);
    case 'management-call':
      return management.run(request);
    case 'worker-call':
      return { outcome: runAsWorker(request) };
    case 'finalize':
      runner?.close();
      return management.finalize();
    case 'close':
      port?.close();
      return undefined;
  }
}

port.on('message', async (request: ThreadRequest) => {
  const answered = await answer(request);
  if (answered !== undefined) post({ kind: 'done', id: request.id, ...answered });
});
