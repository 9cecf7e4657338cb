/** What a collector gets of the calls of a server that traces them. */
import { GenerateRandomCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endingOf } from '../support/clients.js';
import { Collector } from '../support/collector.js';
import { Strongroom } from '../support/strongroom.js';

let collector: Collector;
let strongroom: Strongroom;
beforeAll(async () => {
  collector = await Collector.start();
  strongroom = await Strongroom.start({
    yaml: { tracing: { endpoint: collector.endpoint, oneIn: 0 } },
  });
});
afterAll(async () => {
  await strongroom.dispose();
  await collector.stop();
});

/** A client whose requests are part of this trace. */
async function tracedClient(traceparent: string, settings = {}): Promise<KMSClient> {
  const client = await strongroom.client(settings);
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, { traceparent });
      return next(args);
    },
    { step: 'build' },
  );
  return client;
}

const trace = (digit: string) => digit.repeat(32);
const PARENT = '00f067aa0ba902b7';
const random = (client: KMSClient) =>
  endingOf(client.send(new GenerateRandomCommand({ NumberOfBytes: 32 })));
const stranger = { credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' } };

describe('a server that traces', () => {
  it('tells of the calls that their callers trace, with what the token did for them', async () => {
    expect(await random(await tracedClient(`00-${trace('1')}-${PARENT}-00`))).toBe('answered');
    expect(await random(await tracedClient(`00-${trace('2')}-${PARENT}-01`, stranger))).toMatch(
      /UnrecognizedClientException/,
    );
    expect(await random(await strongroom.client())).toBe('answered');
    expect(await random(await tracedClient(`00-${trace('3')}-${PARENT}-01`))).toBe('answered');
    await expect.poll(() => collector.spans.length, { timeout: 10_000 }).toBe(2);

    const [token, call] = collector.spans;
    expect(call).toMatchObject({
      ...{ traceId: trace('3'), parentSpanId: PARENT, name: 'kms/GenerateRandom', kind: 2 },
      status: {},
    });
    expect(token).toMatchObject({
      ...{ traceId: trace('3'), parentSpanId: call?.spanId, name: 'pkcs11/random', kind: 3 },
      attributes: [{ key: 'strongroom.token', value: { stringValue: 'root' } }],
    });
    const names = call?.attributes.map(({ key }) => key);
    expect(names).toEqual([
      ...['rpc.system', 'rpc.service', 'rpc.method', 'aws.request_id', 'cloud.region'],
    ]);
  });

  it('serves on when its collector is away', async () => {
    await collector.stop();
    const client = await tracedClient(`00-${trace('4')}-${PARENT}-01`);
    expect(await random(client)).toBe('answered');
    await expect.poll(() => strongroom.log, { timeout: 10_000 }).toContain('traces were not taken');
    expect(await random(client)).toBe('answered');
    collector = await Collector.start();
  });
});
