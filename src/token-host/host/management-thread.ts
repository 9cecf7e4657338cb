import { parentPort, workerData } from 'node:worker_threads';
import type { ServerMessage } from '../protocol/protocol.js';
import { returnCode } from '../protocol/return-codes.js';
import { runsOnWorker } from '../protocol/token-calls.js';
import { TokenHostError } from '../protocol/token-error.js';
import { tokenProfile } from '../vendors/index.js';
import { Activity, Logins } from './activity.js';
import { CallRunner, NO_SESSION, STALE } from './call-runner.js';
import { LoginFailed } from './login-session.js';
import { loadLibrary, returnValue } from './pkcs11.js';
import type { CloseOrder, ManagementData, ManagementReport } from './thread-messages.js';
import { answerOf, ThreadSocket } from './thread-socket.js';
import { type ManagementAnswer, TokenManagement } from './token-management.js';

// The management thread. Where a library allows one thread only, or the token has no session for
// another, it runs the workers' calls as well.

/** How long the supervisor, whose thread is free, may take to write one frame. */
const ANNOUNCE_MS = 5000;

/** From a listing that failed to the next attempt. */
const LIST_AGAIN_MS = 5000;

const data = workerData as ManagementData;
const { settings, greeting, pin } = data;
const port = parentPort;
if (port === null) throw new Error('management-thread.ts runs as a thread of the token host');

const management = new Activity(data.managing);
const work = new Activity(data.working);
const logins = new Logins(data.logins);
const library = load();
const token = new TokenManagement(library, settings, {
  onLogin: announceLogin,
  onLoggedIn: () => report({ kind: 'logged-in' }),
  onAbsent: () => report({ kind: 'absent' }),
  onProgress: () => management.progress(),
  onHandlesStale: () => {
    logins.next();
    beginListing();
  },
});
const runner = new CallRunner(library, token.session, tokenProfile(settings), () =>
  work.progress(),
);

/** Orders wait here while pages of objects are read between two of them. */
const orders: ServerMessage[] = [];
let pages: ReturnType<TokenManagement['objectPages']> | 'due' | undefined;
let turning = false;

const socket = new ThreadSocket(greeting, 'management', {
  onConnect: () => void start(),
  onMessage: (order) => {
    orders.push(order);
    turnSoon();
  },
  onClose: () => undefined,
});

port.on('message', ({ kind }: CloseOrder) => {
  if (kind !== 'close') return;
  token.finalize();
  socket.close();
  port.close();
});

function load(): ReturnType<typeof loadLibrary> {
  try {
    return loadLibrary(settings.module);
  } catch (error) {
    report({ kind: 'misconfigured', message: messageOf(error) });
    throw error;
  }
}

async function start(): Promise<void> {
  try {
    report({ kind: 'ready', found: await token.start(Buffer.from(pin)) });
  } catch (error) {
    reportFailure(error);
  } finally {
    pin.fill(0);
  }
}

function report(message: ManagementReport): void {
  port?.postMessage(message);
}

function reportFailure(failure: unknown): void {
  const error = failure instanceof LoginFailed ? failure.error : failure;
  if (error instanceof TokenHostError && error.kind === 'last-try') {
    report({ kind: 'last-try' });
    return;
  }
  const rv = returnValue(error);
  if (rv !== undefined) {
    report({ kind: 'fatal', rv, action: returnCode(rv).action });
  } else {
    // What is asked for by the settings is not there, or not once.
    const kind = error instanceof RangeError ? 'misconfigured' : 'unstartable';
    report({ kind, message: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Unknown error';
}

/** Returns when the server is sure to know of the login, even should the library crash in it. */
function announceLogin(): void {
  logins.next();
  const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  report({ kind: 'login', gate });
  const opened = Atomics.wait(new Int32Array(gate), 0, 0, ANNOUNCE_MS);
  if (opened === 'timed-out') throw new TokenHostError('lost', 'The login cannot be announced');
}

function beginListing(): void {
  socket.send(['listing', logins.current]);
  pages = 'due';
  turnSoon();
}

/** One order or one page, then whatever the socket has brought meanwhile. */
function turnSoon(): void {
  if (turning) return;
  turning = true;
  setImmediate(() => {
    turning = false;
    const order = orders.shift();
    if (order !== undefined) obeyOrFail(order);
    else if (pages !== undefined) readPage();
    if (orders.length > 0 || pages !== undefined) turnSoon();
  });
}

function readPage(): void {
  management.progress();
  try {
    if (pages === 'due') pages = token.objectPages();
    const page = pages?.next();
    if (page?.value) socket.send(['objects', [], page.value]);
    if (page?.done) {
      pages = undefined;
      socket.send(['listed']);
    }
  } catch (error) {
    if (error instanceof LoginFailed) reportFailure(error);
    else if (returnValue(error) === undefined) throw error;
    // Keys are found one by one until a listing gets to its end.
    pages = undefined;
    setTimeout(beginListing, LIST_AGAIN_MS).unref();
  } finally {
    management.end();
  }
}

/** After a login that failed nothing is answered: the server ends the host, and knows what to repeat. */
function obeyOrFail(order: ServerMessage): void {
  try {
    obey(order);
  } catch (error) {
    if (!(error instanceof LoginFailed)) throw error;
    reportFailure(error);
  }
}

function obey(order: ServerMessage): void {
  switch (order[0]) {
    case 'list':
      beginListing();
      break;
    case 'call':
      call(order);
      break;
  }
}

function call([, id, name, ckaId, login, key, args]: ServerMessage & { 0: 'call' }): void {
  if (runsOnWorker(name)) {
    work.progress();
    const isStale = key !== undefined && login !== logins.current;
    const outcome = isStale ? STALE : runner.run({ name, key, args });
    socket.send(outcome === NO_SESSION ? ['no-session', id] : answerOf(id, outcome));
    work.end();
  } else {
    management.progress();
    answer(id, token.run(name, ckaId, args));
    args.fill(0);
    management.end();
  }
}

function answer(id: number, { outcome, objects }: ManagementAnswer): void {
  if (objects !== undefined) socket.send(['objects', [objects.ckaId], objects.rows]);
  socket.send(answerOf(id, outcome));
}
