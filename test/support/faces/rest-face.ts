import type { TObject } from 'typebox';
import { operations } from '../kms-operations.js';
import { type Exchange, Face, Refusal, requireRequestId } from './face.js';
import type { SignedHttp } from './signed-http.js';

/** REST under `/v1`. Routes and shapes are read from the registry, so that they can't drift. */
export class RestFace extends Face {
  readonly #http: SignedHttp;

  constructor(http: SignedHttp) {
    super();
    this.#http = http;
  }

  async exchange(name: string, input: object): Promise<Exchange> {
    const operation = operations.get(name);
    if (!operation) throw new Error(`${name} has no route`);
    const { method, path: template } = operation.route;
    const members = new Map(Object.entries(toWire(input) as object));
    const path = template.replaceAll(/\{(\w+)\}/g, (_, member: string) => {
      const value = members.get(member);
      members.delete(member);
      return encodeURIComponent(String(value));
    });
    const inQuery = method === 'GET' || method === 'DELETE';
    const response = await this.#http.send({
      method,
      path: `/v1${path}`,
      ...(inQuery
        ? { query: queryOf(members) }
        : {
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(Object.fromEntries(members)),
          }),
    });
    return await read(response, operation.output);
  }
}

async function read(response: Response, shape: TObject | 'nothing'): Promise<Exchange> {
  const { status } = response;
  const requestId = requireRequestId(response.headers.get('x-amzn-requestid'));
  const text = await response.text();
  if (status >= 300) {
    const { __type, message = '' } = JSON.parse(text);
    const error = new Refusal(__type.split('#').at(-1), message, status);
    return { status, requestId, output: undefined, error };
  }
  if ((status === 204) !== (text === '')) throw new Error(`${status} with the body '${text}'`);
  const output = text === '' ? {} : fromWire(JSON.parse(text), shape);
  return { status, requestId, output: output as Record<string, unknown>, error: undefined };
}

function toWire(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toWire);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, toWire(member)]));
}

/** What isn't declared stays as it is, so that a test of the exact members sees it. */
function fromWire(value: unknown, shape: unknown): unknown {
  const { contentEncoding, format, properties, items } = Object(shape);
  if (contentEncoding === 'base64') return Buffer.from(String(value), 'base64');
  if (format === 'epoch-seconds') return new Date(Math.round(Number(value) * 1000));
  if (Array.isArray(value)) return value.map((item) => fromWire(item, items));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  return Object.fromEntries(
    members.map(([name, member]) => [name, fromWire(member, properties?.[name])]),
  );
}

function queryOf(members: ReadonlyMap<string, unknown>): Record<string, string | string[]> {
  const pairs = [...members].map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : String(value),
  ]);
  return Object.fromEntries(pairs);
}
