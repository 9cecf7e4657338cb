/**
 * How each side recognises what the other sends, member by member: the reading half of `protocol.ts`,
 * with whose types the compiler compares it.
 */
import { keyClass } from './key-objects.js';
import {
  type Greeting,
  HOST_FAULTS,
  type HostMessage,
  type ServerMessage,
  type TokenFound,
  type TokenSettings,
  WORKER_PROOFS,
} from './protocol.js';
import { RETURN_CODE_ACTIONS } from './return-codes.js';
import {
  anyByName,
  bytes,
  either,
  integer,
  listOf,
  messageOf,
  oneOf,
  perhaps,
  record,
  type Shape,
  text,
  textsByName,
  time,
  truth,
  tuple,
} from './shapes.js';
import { callName } from './token-calls.js';
import { tokenInfo } from './token-info.js';

const tokenSettings: Shape<TokenSettings> = record(
  {
    id: text,
    module: text,
    vendor: text,
    sessions: integer,
    callTimeoutMs: time,
    managementTimeoutMs: time,
    startTimeoutMs: time,
    maxQueued: integer,
  },
  {
    label: text,
    serial: text,
    uri: text,
    threads: either(oneOf('auto', 'single'), integer),
    loadedKeys: integer,
    quirks: anyByName,
    env: textsByName,
    libraryParameters: text,
    rawRsaOaep: truth,
  },
);

const tokenFound: Shape<TokenFound> = record({
  info: tokenInfo,
  slot: bytes,
  threads: oneOf('threads', 'single'),
  maxSessions: perhaps(integer),
});

const returnCodeAction = oneOf(...RETURN_CODE_ACTIONS);
const hostThread = oneOf('supervisor', 'management', 'worker');

export const serverMessage: Shape<ServerMessage> = messageOf<ServerMessage>({
  start: [tokenSettings, bytes],
  worker: [bytes],
  stop: [],
  list: [],
  call: [integer, callName, text, integer, perhaps(bytes), bytes],
});

export const hostMessage: Shape<HostMessage> = messageOf<HostMessage>({
  hello: [bytes, hostThread],
  login: [],
  'logged-in': [],
  absent: [],
  ready: [tokenFound],
  beat: [time, time],
  fatal: [integer, returnCodeAction],
  'last-try': [],
  misconfigured: [text],
  unstartable: [text],
  proof: [oneOf(...WORKER_PROOFS)],
  listing: [integer],
  objects: [listOf(text), listOf(tuple(text, text, keyClass, perhaps(integer), bytes))],
  listed: [],
  result: [integer, bytes],
  failed: [integer, integer, returnCodeAction],
  fault: [integer, oneOf(...HOST_FAULTS), text],
  'no-session': [integer],
});

export const greeting: Shape<Greeting> = record({ socketPath: text, nonce: text });
