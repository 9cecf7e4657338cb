/** A service made for this test: what a further service must write, and what it gets without writing it. */
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateKeyCommand, DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { SignatureV4 } from '@smithy/signature-v4';
import { Type } from 'typebox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { http, internalHttp } from '../../src/app/modules/http.js';
import type { Serving } from '../../src/app/modules/serving.js';
import { services } from '../../src/app/start.js';
import {
  defineIdentityOperation,
  type IdentityOperation,
} from '../../src/declare/identity-operation.js';
import { registryOf } from '../../src/declare/operation.js';
import { Blob } from '../../src/declare/shape-kinds.js';
import { commonErrors } from '../../src/kernel/common-errors.js';
import { PipelineCall } from '../../src/pipeline/call.js';
import type { Service } from '../../src/pipeline/service.js';
import { type AuthenticatePorts, authenticate } from '../../src/pipeline/steps/authenticate.js';
import { authorizeIdentity } from '../../src/pipeline/steps/authorize-identity.js';
import { decode } from '../../src/pipeline/steps/decode.js';
import {
  type MemoryPorts,
  requireFreshMemory,
} from '../../src/pipeline/steps/require-fresh-memory.js';
import { route } from '../../src/pipeline/steps/route.js';
import { run } from '../../src/pipeline/steps/run.js';
import { type ThrottlePorts, throttle } from '../../src/pipeline/steps/throttle.js';
import type { KmsPort } from '../../src/services/kms/port.js';
import { auditRecordsIn } from '../support/audit-records.js';
import { serverHere } from '../support/server-here.js';
import { ACCOUNT_ID, REGION } from '../support/strongroom.js';

// From here to `list` is what somebody writes who adds a service.

interface Desk {
  readonly register: (guest: string) => number;
}
type Ports = MemoryPorts &
  AuthenticatePorts &
  ThrottlePorts & { readonly desk: Desk; readonly kms: KmsPort };

const checkIn = defineIdentityOperation({
  service: 'lobby',
  name: 'CheckIn',
  summary: 'Gives a guest a room, whose number only the key opens.',
  input: Type.Object({
    Guest: Type.String({ minLength: 1, maxLength: 8 }),
    KeyId: Type.String({ minLength: 1, maxLength: 2048 }),
  }),
  output: Type.Object({ SealedRoom: Blob(1, 6144) }),
  route: { method: 'POST', path: '/guests' },
  access: {
    by: 'identity',
    resource: ({ Guest }, { scope: { partition, region, accountId } }) =>
      `arn:${partition}:lobby:${region}:${accountId}:guest/${Guest}`,
  },
  readOnly: false,
  errors: [],
  audit: { request: ['Guest', 'KeyId'], response: [] },
  async run(call, { desk, kms }: Pick<Ports, 'desk' | 'kms'>) {
    const { Guest, KeyId } = call.input;
    const Plaintext = Buffer.from(String(desk.register(Guest)));
    const sealed = await kms.encrypt({ KeyId, Plaintext, EncryptionContext: { Guest } }, call);
    return { SealedRoom: sealed.CiphertextBlob };
  },
});

const sections = { Guests: [checkIn] };

const lobby: Service<PipelineCall<IdentityOperation<Ports>>, Ports> = {
  name: 'lobby',
  wire: { jsonTarget: 'LobbyService' },
  errors: {
    catalogue: commonErrors,
    spelling: {},
    internal: { code: 'InternalFailure', message: 'Nobody is at the desk.' },
    wording: () => undefined,
  },
  sections,
  operations: registryOf(sections),
  steps: [route, requireFreshMemory, authenticate, decode, authorizeIdentity, throttle, run],
  open: (opened, home) => new PipelineCall(opened, home),
};

interface Needs {
  readonly serving: Serving;
  readonly kmsPort: (service: string) => KmsPort;
}

function lobbyService({ serving, kmsPort }: Needs) {
  let rooms = 0;
  const register = (guest: string) => {
    if (guest === 'ghost') throw new Error('there is nobody to see');
    rooms += 1;
    return rooms;
  };
  serving.add(lobby, { desk: { register }, kms: kmsPort('lobby') });
  return { provides: {} };
}

/** The one line: before what listens. */
const list = services.with(lobbyService).with(internalHttp).with(http);

let server: Awaited<ReturnType<typeof serverHere>>;
let iam: IAMClient;
let keyArn: string;
let root: { readonly accessKeyId: string; readonly secretAccessKey: string };

beforeAll(async () => {
  server = await serverHere({ list });
  root = server.credentials;
  iam = new IAMClient(server.client);
  const { KeyMetadata } = await new KMSClient(server.client).send(new CreateKeyCommand({}));
  keyArn = KeyMetadata?.Arn ?? '';
});

afterAll(() => server?.dispose());

const JSON_TARGET = {
  'x-amz-target': 'LobbyService.CheckIn',
  'content-type': 'application/x-amz-json-1.1',
};

async function checkInAs(Guest: string, credentials = root, path = '/', service = 'lobby') {
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
    body: JSON.stringify({ Guest, KeyId: keyArn }),
  });
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, answer: (await response.json()) as Record<string, string> };
}

/** A user who may check in ada, and do with the key what the second policy says. */
async function newUser(UserName: string, onKey: object) {
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const Resource = `arn:aws:lobby:${REGION}:${ACCOUNT_ID}:guest/ada`;
  const Statement = [{ Effect: 'Allow', Action: 'lobby:CheckIn', Resource }, onKey];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'lobby', PolicyDocument }));
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
}

async function decrypted(sealed: string, Guest: string, credentials = root) {
  const kms = new KMSClient({ endpoint: server.endpoint, region: REGION, credentials });
  const CiphertextBlob = Buffer.from(sealed, 'base64');
  const { Plaintext } = await kms.send(
    new DecryptCommand({ CiphertextBlob, EncryptionContext: { Guest } }),
  );
  return Buffer.from(Plaintext ?? []).toString();
}

const REFUSED = { status: 400, answer: { __type: 'AccessDeniedException' } };

it('is served by AWS JSON and by REST, with validation', async () => {
  const first = await checkInAs('ada');
  expect(first).toEqual({ status: 200, answer: { SealedRoom: expect.any(String) } });
  expect(await decrypted(first.answer.SealedRoom ?? '', 'ada')).toBe('1');
  const second = await checkInAs('ada', root, '/v1/lobby/guests');
  expect(await decrypted(second.answer.SealedRoom ?? '', 'ada')).toBe('2');
  expect(await checkInAs('somebody else')).toMatchObject({
    status: 400,
    answer: { __type: 'ValidationException', message: expect.stringContaining("'guest'") },
  });
});

it('verifies signatures for its own name', async () => {
  expect(await checkInAs('ada', root, '/', 'kms')).toMatchObject({ status: 400 });
  const forged = { ...root, secretAccessKey: 'x'.repeat(40) };
  expect(await checkInAs('ada', forged)).toMatchObject({
    answer: { __type: 'InvalidSignatureException' },
  });
});

it("is authorized by its caller's policies, on the resource that it names", async () => {
  const page = await newUser('page', { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' });
  expect(await checkInAs('ada', page)).toMatchObject({ status: 200 });
  expect(await checkInAs('bob', page)).toMatchObject({
    ...REFUSED,
    answer: { message: expect.stringContaining('perform: lobby:CheckIn on resource: ') },
  });
});

it('uses the key in the name of its caller, and as itself', async () => {
  const within = (service: string) => ({
    Effect: 'Allow',
    Action: ['kms:Encrypt', 'kms:Decrypt'],
    Resource: '*',
    Condition: { StringEquals: { 'kms:ViaService': `${service}.${REGION}.amazonaws.com` } },
  });
  const stranger = await newUser('stranger', { ...within('lobby'), Effect: 'Deny' });
  expect(await checkInAs('ada', stranger)).toMatchObject({
    ...REFUSED,
    answer: { message: expect.stringContaining('perform: kms:Encrypt on resource: ') },
  });
  const other = await newUser('other', within('cellar'));
  expect(await checkInAs('ada', other)).toMatchObject(REFUSED);
  const guest = await newUser('guest', within('lobby'));
  const { status, answer } = await checkInAs('ada', guest);
  expect(status).toBe(200);
  await expect(decrypted(answer.SealedRoom ?? '', 'ada', guest)).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

it('says nothing of a fault of its own', async () => {
  const message = 'Nobody is at the desk.';
  expect(await checkInAs('ghost')).toEqual({
    status: 500,
    answer: { __type: 'InternalFailure', message },
  });
});

it('is audited, counted and documented, and so is its call of KMS', async () => {
  const all = await auditRecordsIn(join(server.dir, 'data', 'audit'));
  const seen = all
    .filter(({ eventSource }) => eventSource === 'lobby.amazonaws.com')
    .map((record) => Object(record))
    .map(({ userIdentity, requestParameters, errorCode }) => [
      userIdentity.userName ?? userIdentity.type,
      requestParameters?.guest,
      errorCode ?? 'OK',
    ]);
  expect(seen).toEqual(
    expect.arrayContaining([
      ['Root', 'ada', 'OK'],
      ['page', 'ada', 'OK'],
      ['page', 'bob', 'AccessDenied'],
      ['stranger', 'ada', 'AccessDenied'],
      ['Root', 'ghost', 'InternalFailure'],
    ]),
  );
  const forwarded = all.filter(({ sourceIPAddress }) => sourceIPAddress === 'lobby.amazonaws.com');
  expect(forwarded).toContainEqual(
    expect.objectContaining({
      eventSource: 'kms.amazonaws.com',
      eventName: 'Encrypt',
      userIdentity: expect.objectContaining({
        userName: 'page',
        invokedBy: 'lobby.amazonaws.com',
      }),
      resources: [expect.objectContaining({ ARN: keyArn })],
    }),
  );
  const metrics = await (await fetch(new URL('/metrics', server.endpoint))).text();
  expect(metrics).toMatch(/service="lobby",operation="CheckIn",[^\n]*"OK"[^\n]* 4\n/);
  expect(metrics).toMatch(/service="kms",operation="Encrypt",[^\n]*"OK"[^\n]* 4\n/);
  const document = await (await fetch(new URL('/openapi.json', server.endpoint))).json();
  expect(document).toHaveProperty(
    ['paths', '/v1/lobby/guests', 'post', 'summary'],
    checkIn.summary,
  );
});
