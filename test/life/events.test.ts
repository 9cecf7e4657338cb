import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateKeyCommand, type KMSClient, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrapedValue } from '../support/exposition.js';
import { type BusEvent, SimulatedServer } from '../support/simulated-server.js';

const SECRET = 'a-secret-of-this-test-only';
/** A receiver that answers what a test tells it to. */
class Receiver {
  readonly received: { headers: IncomingHttpHeaders; body: string }[] = [];
  status = 200;
  #server!: Server;

  async listen(): Promise<string> {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        this.received.push({ headers: request.headers, body });
        response.writeHead(this.status).end();
      });
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.#server.close();
  }

  eventsOf(arn: string): BusEvent[] {
    return this.received
      .map(({ body }) => JSON.parse(body) as BusEvent)
      .filter(({ resources }) => resources.includes(arn));
  }
}

let server: SimulatedServer;
let client: KMSClient;
const [good, bad] = [new Receiver(), new Receiver()];

beforeAll(async () => {
  const webhooks = { good: await good.listen(), bad: await bad.listen() };
  server = await SimulatedServer.start({ yaml: { webhooks, webhookSecret: SECRET } });
  client = await server.strongroom.client();
});

afterAll(async () => {
  await server.strongroom.dispose();
  good.close();
  bad.close();
});

async function rotatedKey(): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.Arn as string;
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  return KeyId;
}

const shown = (name: string, labels: Record<string, string>) =>
  scrapedValue(server.strongroom.endpoint, `strongroom_webhook_${name}`, labels);

describe('a webhook', () => {
  it('gets what ListEvents shows, signed', async () => {
    const KeyId = await rotatedKey();
    await expect.poll(() => good.eventsOf(KeyId).length).toBe(1);
    // The next test has it refuse, and counts what waits.
    await expect.poll(() => bad.eventsOf(KeyId).length).toBe(1);
    const [listed] = (await server.events()).filter(({ resources }) => resources.includes(KeyId));
    const delivery = good.received.find(({ body }) => JSON.parse(body).id === listed?.id);
    expect(JSON.parse(delivery?.body ?? '')).toEqual(listed);
    const { headers, body } = delivery ?? { headers: {}, body: '' };
    const [, at, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(
      String(headers['x-strongroom-signature']),
    ) as RegExpExecArray;
    const expected = createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex');
    expect(given).toBe(expected);
    expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60);
    expect(headers['x-strongroom-event-id']).toBe(listed?.id);
  });

  it('that fails is tried again, and holds up no other', async () => {
    bad.status = 503;
    const KeyId = await rotatedKey();
    await expect.poll(() => good.eventsOf(KeyId).length).toBe(1);
    await expect.poll(() => bad.eventsOf(KeyId).length).toBeGreaterThanOrEqual(2);
    expect(good.eventsOf(KeyId)).toHaveLength(1);
    expect(await shown('deliveries_total', { webhook: 'bad', outcome: 'failed' })).toBeGreaterThan(
      1,
    );
    expect(await shown('events_waiting', { webhook: 'bad' })).toBe(1);
    expect(await shown('events_waiting', { webhook: 'good' })).toBe(0);
    bad.status = 200;
    const tries = bad.eventsOf(KeyId).length;
    await expect.poll(() => bad.eventsOf(KeyId).length).toBeGreaterThan(tries);
  });

  it('gets what happened while it was away and the server was killed', async () => {
    bad.status = 500;
    const KeyId = await rotatedKey();
    await server.strongroom.kill();
    bad.status = 200;
    await server.strongroom.start();
    client = await server.strongroom.client();
    await expect.poll(() => bad.eventsOf(KeyId).length).toBeGreaterThanOrEqual(1);
    await expect.poll(() => good.eventsOf(KeyId).length).toBeGreaterThanOrEqual(1);
  });
});
