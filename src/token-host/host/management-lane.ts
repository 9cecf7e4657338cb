import { parentPort, workerData } from 'node:worker_threads';
import { OPERATIONS } from '../protocol/protocol.js';
import { tokenProfile } from '../vendors/index.js';
import { CallRunner } from './call-runner.js';
import { Lane, type LaneAnswer } from './lane.js';
import { loadLibrary } from './pkcs11.js';
import type { CallRequest, LaneData, ThreadReply, ThreadRequest } from './thread-messages.js';

// The thread of the management lane. Where a library allows one thread only, it serves the calls of
// the workers as well.

const { settings } = workerData as LaneData;
const port = parentPort;
if (port === null) throw new Error('management-lane.ts runs as a thread of the token host');

function tell(message: ThreadReply): void {
  port?.postMessage(message);
}

const library = loadLibrary(settings.module);
const lane = new Lane(library, settings, tell);
let runner: CallRunner | undefined;

function call(request: CallRequest): LaneAnswer {
  if (OPERATIONS[request.operation].runs === 'lane') return lane.run(request);
  if (runner === undefined) {
    if (lane.slot === undefined) throw new TypeError('The lane has not started');
    const progress = (): void => tell({ kind: 'progress' });
    runner = new CallRunner(library, lane.slot, tokenProfile(settings), progress);
  }
  return { outcome: runner.run(request) };
}

async function answer(request: ThreadRequest): Promise<LaneAnswer | undefined> {
  switch (request.kind) {
    case 'start':
      return lane.start(Buffer.from(request.pin.buffer));
    case 'refresh':
      return lane.refresh(request.login);
    case 'call':
      return call(request);
    case 'finalize':
      runner?.close();
      return lane.finalize();
    case 'close':
      port?.close();
      return undefined;
  }
}

port.on('message', async (request: ThreadRequest) => {
  const answered = await answer(request);
  if (answered !== undefined) tell({ kind: 'done', id: request.id, ...answered });
});
