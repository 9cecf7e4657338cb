import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthenticationError } from '../../src/sigv4/authentication-error.js';
import { SigV4Verifier, type Verified } from '../../src/sigv4/verifier.js';
import { ACCESS_KEY_ID, ALICE, SECRET_ACCESS_KEY } from './signed-by-aws.js';

const run = promisify(execFile);

const verifier = new SigV4Verifier({
  service: 'kms',
  regions: ['us-east-1'],
  findAccessKey: async (id, token) =>
    id === ACCESS_KEY_ID && token === undefined ? ALICE : undefined,
  now: Date.now,
});

let server: Server;
let endpoint: string;
let directory: string;
let verified: Verified<string>[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    answer(request).then(
      (body) => response.writeHead(200, JSON_1_1).end(body),
      (error: unknown) => {
        const { code, message } =
          error instanceof AuthenticationError ? error : { code: 'InternalFailure', message: '' };
        response.writeHead(400, JSON_1_1).end(JSON.stringify({ __type: code, message }));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  directory = await mkdtemp(path.join(tmpdir(), 'strongroom-sigv4-'));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

const JSON_1_1 = { 'content-type': 'application/x-amz-json-1.1' };

async function answer(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '', headers, rawHeaders } = request;
  verified.push(
    await verifier.verify({
      method,
      target: url,
      headers,
      rawHeaders,
      body: Buffer.concat(chunks),
    }),
  );
  return JSON.stringify({ Keys: [], Truncated: false });
}

/** Runs the AWS CLI with nothing but these credentials. */
function awsCli(secretAccessKey: string): Promise<{ stdout: string; stderr: string }> {
  return run('aws', ['kms', 'list-keys', '--endpoint-url', endpoint, '--output', 'json'], {
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
}

function sdk(
  credentials: { accessKeyId?: string; secretAccessKey?: string; sessionToken?: string } = {},
): KMSClient {
  return new KMSClient({
    endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: ACCESS_KEY_ID,
      secretAccessKey: SECRET_ACCESS_KEY,
      ...credentials,
    },
    maxAttempts: 1,
  });
}

describe('over real HTTP', () => {
  it("verifies the AWS SDK's requests", async () => {
    verified = [];
    const client = sdk();
    expect(await client.send(new ListKeysCommand({ Limit: 7 }))).toMatchObject({ Keys: [] });
    client.destroy();
    expect(verified).toMatchObject([{ principal: 'alice', region: 'us-east-1' }]);
    expect(verified[0]?.signedHeaders).toEqual(
      expect.arrayContaining(['host', 'x-amz-date', 'x-amz-target', 'x-amz-user-agent']),
    );
  });

  it.each([
    {
      what: 'a wrong secret',
      credentials: { secretAccessKey: 'x' },
      name: 'InvalidSignatureException',
    },
    {
      what: 'an unknown key',
      credentials: { accessKeyId: 'AKIANOBODYATALLXXXXX' },
      name: 'UnrecognizedClientException',
    },
    {
      what: 'a session token',
      credentials: { sessionToken: 'x' },
      name: 'UnrecognizedClientException',
    },
  ])('refuses the AWS SDK $what', async ({ credentials, name }) => {
    const client = sdk(credentials);
    await expect(client.send(new ListKeysCommand({}))).rejects.toMatchObject({ name });
    client.destroy();
  });

  it("verifies the AWS CLI's requests", async () => {
    verified = [];
    const { stdout } = await awsCli(SECRET_ACCESS_KEY);
    expect(JSON.parse(stdout)).toMatchObject({ Keys: [] });
    expect(verified).toMatchObject([{ principal: 'alice', region: 'us-east-1' }]);
  }, 60_000);

  it('refuses the AWS CLI a wrong secret', async () => {
    await expect(awsCli('wrong')).rejects.toMatchObject({
      stderr: expect.stringContaining('(InvalidSignatureException)'),
    });
  }, 60_000);
});
