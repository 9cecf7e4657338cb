import { parentPort, workerData } from 'node:worker_threads';
import type { ServerMessage, WorkerProof } from '../protocol/protocol.js';
import { returnCode } from '../protocol/return-codes.js';
import { runsOnWorker } from '../protocol/token-calls.js';
import { tokenProfile } from '../vendors/index.js';
import { Activity, Logins } from './activity.js';
import { CallRunner, NO_SESSION, STALE } from './call-runner.js';
import { CK, loadLibrary, returnValue } from './pkcs11.js';
import { Session, seesUser, workersSessions } from './session.js';
import type { CloseOrder, WorkerData } from './thread-messages.js';
import { answerOf, ThreadSocket } from './thread-socket.js';

// A worker thread of the token host: one session, synchronous calls, one after the other.

const data = workerData as WorkerData;
const { settings, greeting } = data;
const port = parentPort;
if (port === null) throw new Error('worker-thread.ts runs as a worker thread of the token host');

// The management thread has initialised the library for the whole process.
const library = loadLibrary(settings.module);
const slot = Buffer.from(data.slot);
const profile = tokenProfile(settings);
const session = new Session(library, slot, workersSessions(profile));
const activity = new Activity(data.working);
const logins = new Logins(data.logins);
const runner = new CallRunner(library, session, profile, () => activity.progress());

const socket = new ThreadSocket(greeting, 'worker', {
  onConnect: () => {
    activity.progress();
    socket.send(['proof', proof()]);
    activity.end();
  },
  onMessage: run,
  // The server wants this worker no more.
  onClose: end,
});

port.on('message', ({ kind }: CloseOrder) => {
  if (kind === 'close') end();
});

function end(): void {
  session.recycle();
  socket.close();
  port?.close();
}

/**
 * Whether this thread shares what the management thread did. A library may give every caller an
 * instance of its own (p11-kit's client does): sessions, login and handles would not be those.
 */
function proof(): WorkerProof {
  try {
    const isLoggedIn = seesUser(library, session.open());
    const { flags } = library.C_GetTokenInfo(slot);
    const needsLogin = (flags & CK.CKF_LOGIN_REQUIRED) !== 0;
    return needsLogin && !isLoggedIn ? 'not-logged-in' : 'serving';
  } catch (error) {
    const rv = returnValue(error);
    if (rv === undefined) throw error;
    if (rv === CK.CKR_CRYPTOKI_NOT_INITIALIZED) return 'unshared';
    // What other errors call for is seen when a call meets them.
    return returnCode(rv).name === 'CKR_SESSION_COUNT' ? 'no-session' : 'serving';
  }
}

function run(order: ServerMessage): void {
  if (order[0] !== 'call') return;
  const [, id, name, , login, key, args] = order;
  if (!runsOnWorker(name)) throw new TypeError('A worker was given a management call');
  activity.progress();
  const isStale = key !== undefined && login !== logins.current;
  const outcome = isStale ? STALE : runner.run({ name, key, args });
  activity.end();
  socket.send(outcome === NO_SESSION ? ['no-session', id] : answerOf(id, outcome));
}
