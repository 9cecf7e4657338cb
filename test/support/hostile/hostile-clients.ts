/** Clients that send hostile requests, so many at once, and what they heard. */
import { connect, type Socket } from 'node:net';
import type { RandomMoments } from '../kills/random-moments.js';
import type { SignedRequests } from './signed-requests.js';
import { anyWay, type Hostile, WAYS } from './ways.js';

/** A server that says nothing at all for so long is at fault. */
const PATIENCE_MS = 30_000;
/** Source addresses of loopback: one has no more than 28,000 ports, which take a minute to be free again. */
const SOURCES = 40;
const STATUS = /^HTTP\/1\.1 (\d{3}) /;
const LENGTH = /\r\ncontent-length: (\d+)\r\n/i;

export interface Heard {
  sent: number;
  /** Requests by how they were hostile. */
  readonly ways: Map<string, number>;
  /** Answers by status; `none` where the connection ended first. */
  readonly answers: Map<string, number>;
  /** What must not be: answers of 5xx but 503, with the way; silence. */
  readonly faults: string[];
}

export interface HostileOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly requests: SignedRequests;
  readonly random: RandomMoments;
  readonly count: number;
  readonly atOnce: number;
}

/** Sends `count` hostile requests. */
export async function sendHostile(options: HostileOptions): Promise<Heard> {
  const ways = new Map(WAYS.map(({ name }) => [name, 0]));
  const heard: Heard = { sent: 0, ways, answers: new Map(), faults: [] };
  const clients = Array.from({ length: options.atOnce }, () => oneClient(options, heard));
  await Promise.all(clients);
  return heard;
}

async function oneClient(options: HostileOptions, heard: Heard): Promise<void> {
  const { random, requests, count } = options;
  let socket: Socket | undefined;
  while (heard.sent < count) {
    heard.sent += 1;
    const signed = await requests.current();
    const request = signed[random.below(signed.length)];
    if (!request) throw new Error('there are no requests');
    const way = anyWay(random);
    count1(heard.ways, way.name);
    // Only behind what was framed does a connection go on.
    socket = socket && way.framed ? socket : open(options, socket);
    const answer = await exchange(socket, way.make(request, random), way.framed === true);
    count1(heard.answers, String(answer.status));
    if (answer.status === 'late') heard.faults.push(`${way.name}: no answer`);
    else if (Number(answer.status) >= 500 && answer.status !== '503') {
      heard.faults.push(
        `${way.name}: ${answer.text.slice(0, 600)} to ${request.head.slice(0, 300)}`,
      );
    }
    if (!answer.goesOn) {
      socket.resetAndDestroy();
      socket = undefined;
    }
  }
  socket?.resetAndDestroy();
}

function open({ address, random }: HostileOptions, before: Socket | undefined): Socket {
  before?.resetAndDestroy();
  const socket = connect({ ...address, localAddress: `127.0.0.${1 + random.below(SOURCES)}` });
  socket.on('error', () => undefined);
  socket.setNoDelay(true);
  return socket;
}

interface Answer {
  readonly status: string;
  readonly text: string;
  readonly goesOn: boolean;
}

/** Ends with the answer, the connection, or the client's going away. */
function exchange(socket: Socket, hostile: Hostile, framed: boolean): Promise<Answer> {
  return new Promise((resolve) => {
    let text = '';
    const over = (status: string, goesOn: boolean) => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      resolve({ status, text, goesOn });
    };
    const onClose = () => over(STATUS.exec(text)?.[1] ?? 'none', false);
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      // An interim answer is none.
      text = text.replace(/^HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n/, '');
      const end = text.indexOf('\r\n\r\n');
      const [, status] = STATUS.exec(text) ?? [];
      if (end === -1 || status === undefined) return;
      if (!framed) return over(status, false);
      const length = LENGTH.exec(text.slice(0, end + 2));
      if (!length) return over(status, false);
      if (text.length < end + 4 + Number(length[1])) return;
      over(status, !/\r\nconnection: close\r\n/i.test(text.slice(0, end + 2)));
    };
    const { leavesAfterMs } = hostile;
    const timer = setTimeout(
      () => over(leavesAfterMs === undefined ? 'late' : 'gone', false),
      leavesAfterMs ?? PATIENCE_MS,
    );
    socket.on('data', onData).on('close', onClose);
    if (socket.destroyed) return onClose();
    if (hostile.octets !== '') socket.write(hostile.octets, 'latin1');
    if (hostile.ends) socket.end();
  });
}

function count1(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
