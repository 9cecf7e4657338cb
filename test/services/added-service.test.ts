/** A service made for this test: what a further service must write, and what it gets without writing it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { SignatureV4 } from '@smithy/signature-v4';
import { Type } from 'typebox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { http } from '../../src/app/modules/http.js';
import type { Serving } from '../../src/app/modules/serving.js';
import { type RunningServer, services, startServer } from '../../src/app/start.js';
import { loadConfig } from '../../src/config/load-config.js';
import {
  defineIdentityOperation,
  type IdentityOperation,
} from '../../src/declare/identity-operation.js';
import { registryOf } from '../../src/declare/operation.js';
import { commonErrors } from '../../src/kernel/common-errors.js';
import { makeLog } from '../../src/observe/log.js';
import { PipelineCall } from '../../src/pipeline/call.js';
import type { Service } from '../../src/pipeline/service.js';
import { type AuthenticatePorts, authenticate } from '../../src/pipeline/steps/authenticate.js';
import { authorizeIdentity } from '../../src/pipeline/steps/authorize-identity.js';
import { decode } from '../../src/pipeline/steps/decode.js';
import { route } from '../../src/pipeline/steps/route.js';
import { run } from '../../src/pipeline/steps/run.js';
import { type ThrottlePorts, throttle } from '../../src/pipeline/steps/throttle.js';
import { readSharedCredentials } from '../../src/services/iam/credentials/shared-credentials.js';
import { copyDataDirectory, PREPARED } from '../support/prepared-data-directory.js';
import { ACCOUNT_ID, REGION } from '../support/strongroom.js';

// From here to `list` is what somebody writes who adds a service.

interface Bell {
  readonly ring: (guest: string) => number;
}
type Ports = AuthenticatePorts & ThrottlePorts & { readonly bell: Bell };

const ringBell = defineIdentityOperation({
  service: 'lobby',
  name: 'RingBell',
  summary: 'Rings the bell of the lobby for a guest.',
  input: Type.Object({ Guest: Type.String({ minLength: 1, maxLength: 8 }) }),
  output: Type.Object({ Rings: Type.Integer() }),
  route: { method: 'POST', path: '/rings' },
  access: {
    by: 'identity',
    resource: ({ Guest }, { scope: { partition, region, accountId } }) =>
      `arn:${partition}:lobby:${region}:${accountId}:guest/${Guest}`,
  },
  readOnly: false,
  errors: [],
  audit: { request: ['Guest'], response: ['Rings'] },
  run: async ({ input: { Guest } }, { bell }: Pick<Ports, 'bell'>) => ({ Rings: bell.ring(Guest) }),
});

const families = { Bells: [ringBell] };

const lobby: Service<PipelineCall<IdentityOperation<Ports>>, Ports> = {
  name: 'lobby',
  wire: { jsonTarget: 'LobbyService' },
  errors: {
    catalogue: commonErrors,
    spelling: {},
    internal: { code: 'InternalFailure', message: 'Nobody is at the desk.' },
    wording: () => undefined,
  },
  families,
  operations: registryOf(families),
  steps: [route, authenticate, decode, authorizeIdentity, throttle, run],
  open: (opened, home) => new PipelineCall(opened, home),
};

function lobbyService({ serving }: { readonly serving: Serving }) {
  let rings = 0;
  const ring = (guest: string) => {
    if (guest === 'ghost') throw new Error('the bell fell through');
    rings += 1;
    return rings;
  };
  serving.add(lobby, { bell: { ring } });
  return { provides: {} };
}

/** The one line: before what listens. */
const list = services.with(lobbyService).with(http);

let dir: string;
let server: RunningServer;
let root: { readonly accessKeyId: string; readonly secretAccessKey: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'strongroom-added-'));
  await copyDataDirectory(process.env[PREPARED] ?? '', join(dir, 'data'));
  await writeFile(join(dir, 'strongroom.yaml'), 'port: 0\n');
  const options = {
    config: loadConfig({ env: {}, cwd: dir }),
    log: makeLog({ level: 'fatal' }),
    tokenHostEntry: resolve('dist/src/token-host/host/main.js'),
    cryptoWorkerEntry: resolve('dist/src/keystores/software/worker.js'),
  };
  server = await startServer(options, list);
  const credentials = await readSharedCredentials(server.credentialsFile);
  if (!credentials) throw new Error('the server wrote no credentials');
  root = credentials;
});

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const JSON_TARGET = {
  'x-amz-target': 'LobbyService.RingBell',
  'content-type': 'application/x-amz-json-1.1',
};

async function ring(Guest: string, credentials = root, path = '/', service = 'lobby') {
  const url = new URL(path, server.endpoint);
  const signer = new SignatureV4({ service, region: REGION, credentials, sha256: Sha256 });
  const { headers, body } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path,
    headers: {
      host: url.host,
      ...(path === '/' ? JSON_TARGET : { 'content-type': 'application/json' }),
    },
    body: JSON.stringify({ Guest }),
  });
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, answer: await response.json() };
}

async function records() {
  const names = (await readdir(join(dir, 'data', 'audit'))).filter((name) => /jsonl$/.test(name));
  const texts = await Promise.all(
    names.sort().map((name) => readFile(join(dir, 'data', 'audit', name), 'utf8')),
  );
  return texts
    .flatMap((text) => text.trim().split('\n'))
    .map((line) => JSON.parse(line))
    .filter(({ eventSource }) => eventSource === 'lobby.amazonaws.com');
}

it('is served by AWS JSON and by REST, with validation', async () => {
  expect(await ring('ada')).toEqual({ status: 200, answer: { Rings: 1 } });
  expect(await ring('ada', root, '/v1/lobby/rings')).toEqual({ status: 200, answer: { Rings: 2 } });
  expect(await ring('somebody else')).toMatchObject({
    status: 400,
    answer: { __type: 'ValidationException', message: expect.stringContaining("'guest'") },
  });
});

it('verifies signatures for its own name', async () => {
  expect(await ring('ada', root, '/', 'kms')).toMatchObject({ status: 400 });
  const forged = { ...root, secretAccessKey: 'x'.repeat(40) };
  expect(await ring('ada', forged)).toMatchObject({
    answer: { __type: 'InvalidSignatureException' },
  });
});

it("is authorized by its caller's policies, on the resource that it names", async () => {
  const iam = new IAMClient({ endpoint: server.endpoint, region: REGION, credentials: root });
  await iam.send(new CreateUserCommand({ UserName: 'page' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'page' }));
  const page = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const resource = `arn:aws:lobby:${REGION}:${ACCOUNT_ID}:guest/ada`;
  const Statement = [{ Effect: 'Allow', Action: 'lobby:RingBell', Resource: resource }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'page', PolicyName: 'ring', PolicyDocument }),
  );
  expect(await ring('ada', page)).toMatchObject({ status: 200 });
  expect(await ring('bob', page)).toMatchObject({
    status: 400,
    answer: {
      __type: 'AccessDeniedException',
      message: expect.stringContaining('perform: lobby:RingBell on resource: '),
    },
  });
});

it('says nothing of a fault of its own', async () => {
  const message = 'Nobody is at the desk.';
  expect(await ring('ghost')).toEqual({
    status: 500,
    answer: { __type: 'InternalFailure', message },
  });
});

it('is audited, counted and documented', async () => {
  const seen = (await records()).map(
    ({ eventName, requestParameters, responseElements, errorCode }) => [
      eventName,
      requestParameters?.guest,
      responseElements?.rings ?? errorCode,
    ],
  );
  expect(seen).toEqual(
    expect.arrayContaining([
      ['RingBell', 'ada', 1],
      ['RingBell', 'ada', 2],
      ['RingBell', 'ada', 3],
      ['RingBell', 'bob', 'AccessDenied'],
      ['RingBell', 'ghost', 'InternalFailure'],
    ]),
  );
  const metrics = await (await fetch(new URL('/metrics', server.endpoint))).text();
  expect(metrics).toMatch(/operation="lobby:RingBell",[^\n]*"OK"[^\n]* 3\n/);
  const document = await (await fetch(new URL('/openapi.json', server.endpoint))).json();
  expect(document).toHaveProperty(
    ['paths', '/v1/lobby/rings', 'post', 'summary'],
    ringBell.summary,
  );
});
