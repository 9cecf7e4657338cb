/** Calls of a running server, for commands: KMS by AWS JSON and REST, IAM and STS by the Query protocol. */
import { XMLParser } from 'fast-xml-parser';
import type { Config } from '../../config/config.js';
import { StartError } from '../../kernel/start-error.js';
import { type Way, type WayOptions, wayTo } from './way.js';

/** What a call answers, with the member names of its API. */
export type Answer = Record<string, unknown>;

/** The server has refused a call, and says why in its API's words. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message === '' ? code : `${code}: ${message}`);
    this.code = code;
  }
}

export interface ServerClient {
  /** For messages. */
  readonly name: string;
  /** Whether it goes by the operator's socket. */
  readonly bySocket: boolean;
  /** @throws RefusedCall, UnreachableError, StartError */
  readonly kms: (operation: string, members?: object) => Promise<Answer>;
  /** An operation that AWS hasn't. @throws as `kms` */
  readonly kmsRest: (method: 'GET' | 'POST', path: string, members?: object) => Promise<Answer>;
  /** Members are texts; what is empty in the answer is an empty text. @throws as `kms` */
  readonly iam: (operation: string, members?: Readonly<Record<string, string>>) => Promise<Answer>;
  /** A page of the server. @throws UnreachableError */
  readonly page: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
}

const QUERY = 'application/x-www-form-urlencoded; charset=utf-8';
const IAM_VERSION = '2010-05-08';
const xml = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'member' });

/** Finds the way to the server, and sends nothing yet but a question by its socket whether it is there. */
export async function clientOf(config: Config, options: WayOptions): Promise<ServerClient> {
  const way = await wayTo(config, options);
  const { name, bySocket } = way;
  return {
    name,
    bySocket,
    kms: (operation, members = {}) =>
      inJson(way, 'POST', '/', members, { 'x-amz-target': `TrentService.${operation}` }),
    kmsRest: (method, path, members = {}) => inJson(way, method, `/v1${path}`, members, {}),
    iam: (operation, members = {}) => inQuery(way, operation, members),
    page: (path) =>
      way.send({ method: 'GET', path, body: '', contentType: '', service: undefined, headers: {} }),
  };
}

async function inJson(
  way: Way,
  method: 'GET' | 'POST',
  path: string,
  members: object,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const contentType = path === '/' ? 'application/x-amz-json-1.1' : 'application/json';
  const body = method === 'GET' ? '' : JSON.stringify(members);
  const { status, text } = await way.send({
    ...{ method, path, body, contentType, service: 'kms', headers },
  });
  const answer = text === '' ? {} : parsed(way, () => JSON.parse(text));
  if (status < 300) return answer;
  const { __type: type = `HTTP ${status}`, message, Message } = answer;
  throw new RefusedCall(String(type).split('#').at(-1) ?? '', String(message ?? Message ?? ''));
}

async function inQuery(
  way: Way,
  operation: string,
  members: Readonly<Record<string, string>>,
): Promise<Answer> {
  const form = new URLSearchParams({ Action: operation, Version: IAM_VERSION, ...members });
  const { status, text } = await way.send({
    ...{ method: 'POST', path: '/', body: form.toString(), contentType: QUERY },
    ...{ service: 'iam', headers: {} },
  });
  const answer = parsed(way, () => xml.parse(text));
  if (status < 300) {
    const { [`${operation}Response`]: response } = answer;
    return Object(withLists(Object(response)[`${operation}Result`]));
  }
  const { Code = `HTTP ${status}`, Message = '' } = Object(Object(answer.ErrorResponse).Error);
  throw new RefusedCall(String(Code), String(Message));
}

/** The Query protocol's `<member>` elements as lists. */
function withLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLists);
  if (typeof value !== 'object' || value === null) return value;
  if ('member' in value) return withLists(value.member);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withLists(each)]));
}

function parsed(way: Way, parse: () => unknown): Answer {
  try {
    const answer = parse();
    if (typeof answer === 'object' && answer !== null) return answer as Answer;
  } catch {
    // Said below: what can't be read isn't an answer of a Strongroom.
  }
  throw new StartError(`what answers at ${way.name} is no Strongroom`);
}
