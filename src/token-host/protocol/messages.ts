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
  type TokenInfo,
  type TokenSettings,
} from './protocol.js';
import { RETURN_CODE_ACTIONS } from './return-codes.js';
import {
  bytes,
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
  { label: text, serial: text, env: textsByName, libraryParameters: text, rawRsaOaep: truth },
);

const tokenInfo: Shape<TokenInfo> = record({
  label: text,
  serial: text,
  manufacturer: text,
  model: text,
  firmware: text,
});

const returnCodeAction = oneOf(...RETURN_CODE_ACTIONS);

export const serverMessage: Shape<ServerMessage> = messageOf<ServerMessage>({
  start: [tokenSettings, bytes],
  call: [integer, callName, time, text, bytes],
  stop: [],
});

export const hostMessage: Shape<HostMessage> = messageOf<HostMessage>({
  hello: [bytes],
  login: [],
  absent: [],
  objects: [truth, listOf(text), listOf(tuple(text, text, keyClass, perhaps(integer)))],
  ready: [tokenInfo],
  result: [integer, bytes],
  failed: [integer, integer, returnCodeAction],
  fault: [integer, oneOf(...HOST_FAULTS), text],
  beat: [time, time],
  fatal: [integer, returnCodeAction],
  unstartable: [text],
});

export const greeting: Shape<Greeting> = record({ socketPath: text, nonce: text });
