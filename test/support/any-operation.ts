/** Calls any operation of any service as its service's clients do, those included that no SDK has. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Operation } from '../../src/declare/operation.js';
import type { ServiceFace } from '../../src/pipeline/service.js';
import type { Credentials } from './principals.js';
import { REGION, type Strongroom } from './strongroom.js';

export interface AnyCall {
  readonly service: Pick<ServiceFace, 'name' | 'wire'>;
  readonly operation: Pick<Operation, 'name' | 'route' | 'restOnly'>;
  readonly input: object;
}

interface Wire {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** @param by nobody: the call isn't signed */
export async function callAny(
  { endpoint }: Strongroom,
  call: AnyCall,
  by?: Credentials,
): Promise<{ readonly status: number; readonly text: string }> {
  const url = new URL(endpoint);
  const { accessKeyId = '', secretAccessKey = '' } = by ?? {};
  const credentials = { accessKeyId, secretAccessKey };
  const { method, path, headers, body } = wireOf(call);
  const request = { method, path, ...(body !== undefined && { body }) };
  const sent = by
    ? await new SignatureV4({
        ...{ service: call.service.name, region: REGION, credentials, sha256: Sha256 },
      }).sign({
        ...request,
        ...{ protocol: url.protocol, hostname: url.hostname, port: Number(url.port) },
        headers: { ...headers, host: url.host },
      })
    : { headers };
  const response = await fetch(new URL(path, url), { ...request, headers: sent.headers });
  return { status: response.status, text: await response.text() };
}

function wireOf({ service: { wire }, operation, input }: AnyCall): Wire {
  const { name, restOnly, route } = operation;
  if (restOnly && route) {
    const { method } = route;
    const others = new Map(Object.entries(input));
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, member: string) => {
      const value = encodeURIComponent(String(others.get(member)));
      others.delete(member);
      return value;
    });
    const headers = { 'content-type': 'application/json' };
    const body = method === 'GET' ? {} : { body: json(Object.fromEntries(others)) };
    return { method, path: `/v1${path}`, headers, ...body };
  }
  if ('jsonTarget' in wire) {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${wire.jsonTarget}.${name}`,
    };
    return { method: 'POST', path: '/', headers, body: json(input) };
  }
  const version = 'query' in wire ? (wire.query?.version ?? '') : '';
  const form = new URLSearchParams([['Action', name], ['Version', version], ...pairsOf(input)]);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', path: '/', headers, body: form.toString() };
}

/** Blobs in base64, as the JSON protocols have them. */
function json(input: object): string {
  const members = Object.entries(input).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  ]);
  return JSON.stringify(Object.fromEntries(members));
}

/** Members as the Query protocol names them: `Tags.member.1.Key`. */
function pairsOf(value: unknown, path = ''): [string, string][] {
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => pairsOf(item, `${path}.member.${at + 1}`));
  }
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  return Object.entries(value).flatMap(([name, member]) =>
    pairsOf(member, path === '' ? name : `${path}.${name}`),
  );
}
