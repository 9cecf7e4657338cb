import { beforeAll, describe, expect, it } from 'vitest';
import { ownConformanceServer } from '../support/faces/conformance-server.js';
import { requireRequestId } from '../support/faces/face.js';
import { SignedHttp } from '../support/faces/signed-http.js';
import { operationRows } from '../support/operations/operation-rows.js';
import { Surroundings } from '../support/operations/surroundings.js';
import { SHARED_SETTINGS } from '../support/shared-server.js';

const server = ownConformanceServer(SHARED_SETTINGS);

const UNKNOWN_NAMES = ['Nope', 'encrypt', 'ENCRYPT', 'constructor', '__proto__', ''];

describe('AWS JSON 1.1 on the wire', () => {
  let http: SignedHttp;
  beforeAll(async () => {
    http = await SignedHttp.to(server.strongroom);
  });

  const send = (target: string, body: object | '') =>
    http.send({
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: body === '' ? '' : JSON.stringify(body, (_, value) => fromBuffer(value)),
    });

  it.each(operationRows.filter(({ body }) => body))('$title answers $body', async (row) => {
    const at = await Surroundings.make({ server, face: 'AWS JSON' }, row);
    await row.before?.(at);
    const input = await row.input(at.key.id, at);
    const response = await send(`TrentService.${row.operation}`, input);
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status: 200 });
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(Date.parse(response.headers.get('date') ?? '')).not.toBeNaN();
    requireRequestId(response.headers.get('x-amzn-requestid'));
    const output = text === '' ? {} : JSON.parse(text);
    if (row.body === 'members') expect(Object.keys(output).length).toBeGreaterThan(0);
    else expect(text).toBe(row.body === 'nothing' ? '' : '{}');
    await row.after?.(at, output);
  });

  it.each(['ListKeys', 'ListAliases', 'DescribeCustomKeyStores', 'CreateKey'])(
    '%s takes a zero-length body',
    async (name) => {
      expect((await send(`TrentService.${name}`, '')).status).toBe(200);
    },
  );

  it('writes blobs in base64 and times as epoch seconds with milliseconds', async () => {
    const created = await json(await send('TrentService.CreateKey', {}));
    const { CreationDate, KeyId } = Object(created.KeyMetadata);
    expect(CreationDate).toBeTypeOf('number');
    expect(CreationDate * 1000).toBeCloseTo(Date.now(), -6);
    const blob = { KeyId, Plaintext: Buffer.from('x') };
    const { CiphertextBlob } = await json(await send('TrentService.Encrypt', blob));
    expect(Buffer.from(String(CiphertextBlob), 'base64').toString('base64')).toBe(CiphertextBlob);
  });

  it.each([
    ...UNKNOWN_NAMES.map((name) => `TrentService.${name}`),
    'Encrypt',
    'OtherService.Encrypt',
    'TrentService.Encrypt.More',
  ])('the target %j is unknown', async (target) => {
    const response = await send(target, {});
    expect(response.status).toBe(400);
    requireRequestId(response.headers.get('x-amzn-requestid'));
    expect(await response.json()).toEqual({ __type: 'UnknownOperationException' });
  });

  it('an exception without a message has none on the wire', async () => {
    const response = await send('TrentService.Decrypt', { CiphertextBlob: 'eHg=' });
    expect(await response.text()).toBe('{"__type":"InvalidCiphertextException"}');
  });
});

describe('REST on the wire', () => {
  it.each([
    ['GET', '/v1/keys', 200],
    ['POST', '/v1/keys', 200],
    ['GET', '/v1/aliases', 200],
    ['DELETE', '/v1/aliases/alias%2Fnone', 404],
    ['GET', '/v1/nothing', 404],
    ['DELETE', '/v1/keys', 404],
  ])('%s %s answers %i in JSON', async (method, path, status) => {
    const http = await SignedHttp.to(server.strongroom);
    const response = await http.send({ method, path });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/json');
    await response.json();
  });
});

async function json(response: Response): Promise<Record<string, unknown>> {
  return Object(await response.json());
}

function fromBuffer(value: unknown): unknown {
  const { type, data } = Object(value);
  return type === 'Buffer' ? Buffer.from(data).toString('base64') : value;
}
