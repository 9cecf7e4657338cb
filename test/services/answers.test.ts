/**
 * Every answer of every service as the SDK's client reads it. That it is declared as the SDK models it
 * is model.test.ts's.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as iamSdk from '@aws-sdk/client-iam';
import * as kmsSdk from '@aws-sdk/client-kms';
import * as stsSdk from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelledOperation } from '../../scripts/model/sdk-shapes.js';
import type { Operation } from '../../src/declare/operation.js';
import { EmptyResult } from '../../src/declare/shape-kinds.js';
import { mapValue, type Shape } from '../../src/declare/validate.js';
import { toJson } from '../../src/protocols/http/wire.js';
import { successXml } from '../../src/protocols/query/query-response.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { REGION } from '../support/strongroom.js';

let answer = { type: '', body: '' };
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': answer.type });
  response.end(answer.body);
});
const clients = new Map<string, object>();

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const config = {
    endpoint: `http://127.0.0.1:${port}`,
    region: REGION,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'none' },
    maxAttempts: 1,
  };
  clients.set('iam', new iamSdk.IAM(config));
  clients.set('kms', new kmsSdk.KMS(config));
  clients.set('sts', new stsSdk.STS(config));
});
afterAll(() => server.close());

const query = (namespace: string) => (operation: Operation, output: Record<string, unknown>) => ({
  type: 'text/xml',
  body: successXml(operation, output, namespace, 'a-request-id'),
});
const json = ({ output: shape }: Operation, output: Record<string, unknown>) => ({
  type: 'application/x-amz-json-1.1',
  body: shape === 'nothing' ? '' : toJson(output),
});

const SERVICES = [
  { service: kms, sdk: kmsSdk, encode: json },
  { service: iam, sdk: iamSdk, encode: query(iam.wire.query?.namespace ?? '') },
  { service: sts, sdk: stsSdk, encode: query(sts.wire.query?.namespace ?? '') },
];

/** An answer that has everything it is declared to have. */
function sample(shape: Shape): unknown {
  if (shape.contentEncoding === 'base64') return Buffer.from('octets');
  if (shape.format === 'epoch-seconds') return new Date('2026-11-26T12:34:56Z');
  const value = mapValue(shape);
  if (value) return { 'a key': sample(value), '<&>': sample(value) };
  switch (shape.type) {
    case 'object':
      return sampleMembers(shape);
    case 'array':
      return shape.items && shape.maxItems !== 0 ? [sample(shape.items), sample(shape.items)] : [];
    case 'integer':
      return 7;
    case 'boolean':
      return true;
    default:
      return shape.enum?.[0] ?? 'text <&>';
  }
}

function sampleMembers({ properties = {} }: Shape): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, sample(member)]),
  );
}

/** The same as the SDK gives it, which has no Buffers. */
function asRead(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asRead(member)]));
}

/** What the SDK's client makes of the answer that the server gives. */
async function readBySdk(service: string, operation: string): Promise<unknown> {
  const client = clients.get(service) ?? {};
  const method = Reflect.get(client, operation.charAt(0).toLowerCase() + operation.slice(1));
  const read: object = Object(await Reflect.apply(method, client, [{}]));
  return Object.fromEntries(Object.entries(read).filter(([name]) => name !== '$metadata'));
}

/** Strongroom's own operations are known to no SDK. */
const all = SERVICES.flatMap(({ service, sdk, encode }) =>
  [...service.operations.values()]
    .filter(({ name }) => modelledOperation(sdk, name))
    .map((operation) => ({
      id: operation.id,
      service: service.name,
      operation,
      encode,
      output: operation.output === 'nothing' ? EmptyResult : operation.output,
    })),
);

it.each(all)('$id is read by the SDK as it was answered', async (row) => {
  const { service, operation, encode, output } = row;
  const sent = sampleMembers(output);
  answer = encode(operation, sent);
  expect(await readBySdk(service, operation.name)).toEqual(asRead(sent));
});
