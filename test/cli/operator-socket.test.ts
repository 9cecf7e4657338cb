/** The operator's way to a server: who gets in, as whom, and what is recorded of it. */
import { execFile } from 'node:child_process';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { operatorSocket } from '../../src/app/modules/operator-socket.js';
import { operatorOf } from '../../src/app/operator.js';
import { wallClock } from '../../src/kernel/time.js';
import { auditRecords } from '../support/audit-records.js';
import { overSocket, socketOf, unsignedCall } from '../support/operator-call.js';
import { allow, type Clients, clientsOf } from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

const ROOT = `arn:aws:iam::${ACCOUNT_ID}:root`;
const READER = `arn:aws:iam::${ACCOUNT_ID}:user/reader`;

let strongroom: Strongroom;
let socket = '';
let root: Clients;
let deniedKey = '';
beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { regions: ['us-east-1', 'eu-west-1'] } });
  socket = socketOf(strongroom);
  root = clientsOf(strongroom, await strongroom.credentials());
  deniedKey = (await root.kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Deny', Principal: { AWS: ROOT }, Action: 'kms:DescribeKey', Resource: '*' },
    ],
  });
  await root.kms.send(new PutKeyPolicyCommand({ KeyId: deniedKey, Policy }));
});
afterAll(() => strongroom?.dispose());

const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);
const typeOf = (body: string) => JSON.parse(body).__type;

describe('whoever opens the socket', () => {
  it('is the root user, in the Region that is asked for, and the record says how it came', async () => {
    const { status, body } = await overSocket(
      socket,
      unsignedCall('CreateKey', {}, { 'x-strongroom-region': 'eu-west-1' }),
    );
    expect(status).toBe(200);
    const { Arn } = JSON.parse(body).KeyMetadata;
    expect(Arn).toContain(`:eu-west-1:${ACCOUNT_ID}:`);
    const records: Record<string, unknown>[] = await auditRecords(strongroom);
    const record = records.find(
      ({ eventName, awsRegion }) => eventName === 'CreateKey' && awsRegion === 'eu-west-1',
    );
    expect(record).toMatchObject({
      userIdentity: { type: 'Root', arn: ROOT, accountId: ACCOUNT_ID },
      sourceIPAddress: 'operatorSocket',
      additionalEventData: { operatorSocket: true },
    });
    expect(record?.userIdentity).not.toHaveProperty('accessKeyId');
  });

  it('reaches IAM and REST, too', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const iam = await overSocket(socket, { headers, body: 'Action=ListUsers&Version=2010-05-08' });
    expect(iam).toMatchObject({ status: 200, body: expect.stringContaining('<ListUsersResult>') });
    const rest = await overSocket(socket, { method: 'GET', path: '/v1/keys' });
    expect(JSON.parse(rest.body).Keys).toHaveLength(1);
  });

  it.each([
    ['a Deny of the key policy', unsignedCall('DescribeKey', {}), 'AccessDeniedException'],
    [
      'a Region that is not served',
      unsignedCall('ListKeys', {}, { 'x-strongroom-region': 'ap-south-1' }),
      'ValidationException',
    ],
    [
      'a signature that is none',
      unsignedCall('ListKeys', {}, { authorization: 'AWS4-HMAC-SHA256 x' }),
      'IncompleteSignatureException',
    ],
  ])('is bound by %s', async (_what, asked, error) => {
    const body = JSON.stringify({ ...JSON.parse(asked.body ?? '{}'), KeyId: deniedKey });
    const sent = error === 'AccessDeniedException' ? { ...asked, body } : asked;
    const answer = await overSocket(socket, sent);
    expect({ status: answer.status, type: typeOf(answer.body) }).toEqual({
      status: 400,
      type: error,
    });
  });

  it.each(['origin', 'via', 'forwarded', 'x-forwarded-for', 'sec-fetch-site'])(
    'is no browser and no proxy: %s',
    async (header) => {
      const { status } = await overSocket(socket, unsignedCall('ListKeys', {}, { [header]: 'x' }));
      expect(status).toBe(403);
    },
  );
});

describe('who gets in', () => {
  it("is the server's user alone", async () => {
    expect([await modeOf(dirname(socket)), await modeOf(socket)]).toEqual(['700', '600']);
  });

  it.runIf(process.getuid?.() === 0)(
    'is no other user, even one who can enter the directories',
    async () => {
      const opened = [strongroom.dir, strongroom.dataDir, dirname(socket)];
      const modes = await Promise.all(opened.map((path) => stat(path)));
      const script = `require('node:net').connect(${JSON.stringify(socket)}).on('connect', () => process.exit(0)).on('error', ({ code }) => { console.log(code); process.exit(1); })`;
      const asNobody = () =>
        promisify(execFile)('setpriv', [
          ...['--reuid=65534', '--regid=65534', '--clear-groups'],
          ...[process.execPath, '-e', script],
        ]).catch(({ stdout }: { stdout: string }) => ({ stdout }));
      expect((await asNobody()).stdout).toBe('EACCES\n');
      try {
        for (const path of opened) await chmod(path, 0o755);
        expect((await asNobody()).stdout).toBe('EACCES\n');
      } finally {
        for (const [index, path] of opened.entries())
          await chmod(path, modes[index]?.mode ?? 0o700);
      }
    },
  );

  it('is nobody by TCP, whatever a request says', async () => {
    const { headers, body } = unsignedCall(
      'ListKeys',
      {},
      {
        'x-strongroom-region': 'us-east-1',
        'x-operator-socket': 'true',
      },
    );
    const answer = await fetch(strongroom.endpoint, {
      ...{ method: 'POST', body: body ?? '' },
      headers: headers as Record<string, string>,
    });
    expect(typeOf(await answer.text())).toBe('MissingAuthenticationTokenException');
    expect((await fetch(`${strongroom.endpoint}/status`)).status).toBe(404);
  });
});

describe('operator.principal', () => {
  it('names who acts instead, and is not followed to where it is not', async () => {
    await root.iam.send(new CreateUserCommand({ UserName: 'reader' }));
    await root.iam.send(
      new PutUserPolicyCommand({
        ...{ UserName: 'reader', PolicyName: 'own', PolicyDocument: allow('kms:ListKeys') },
      }),
    );
    await strongroom.stop();
    const settings = `port: 0\noperator:\n  principal: ${READER}\n`;
    await writeFile(join(strongroom.dir, 'strongroom.yaml'), settings);
    await strongroom.start();
    expect((await overSocket(socket, unsignedCall('ListKeys'))).status).toBe(200);
    const refused = await overSocket(socket, unsignedCall('CreateKey'));
    expect(JSON.parse(refused.body)).toMatchObject({
      __type: 'AccessDeniedException',
      message: expect.stringContaining(`User: ${READER} is not authorized`),
    });
    const records: Record<string, unknown>[] = await auditRecords(strongroom);
    expect(records.at(-1)).toMatchObject({
      userIdentity: { type: 'IAMUser', arn: READER },
      additionalEventData: { operatorSocket: true },
    });
  });

  it('acts by a session of a role, that begins with each call', async () => {
    const arn = `arn:aws:iam::${ACCOUNT_ID}:role/ops`;
    const role = {
      type: 'AssumedRole' as const,
      ...{ accountId: ACCOUNT_ID, arn, principalArn: arn, uniqueId: 'AROA1', userId: 'AROA1' },
      ...{ tags: new Map(), policies: { identity: [] } },
    };
    const operator = operatorOf({
      config: {
        accountId: ACCOUNT_ID,
        partition: 'aws',
        operator: { socket: true, principal: arn },
      },
      principals: { root: () => undefined, idOf: async () => 'AROA1', find: () => role },
      wallClock: wallClock(),
    });
    expect(await operator.principal()).toMatchObject({
      arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/ops/operator`,
      principalArn: arn,
      userId: 'AROA1:operator',
      session: { name: 'operator', issuedAt: expect.any(Number) },
    });
  });

  it('that is not there is nobody, never the root user', async () => {
    const arn = `arn:aws:iam::${ACCOUNT_ID}:user/gone`;
    const names = { arn: ROOT, principalArn: ROOT, uniqueId: ACCOUNT_ID, userId: ACCOUNT_ID };
    const rest = { tags: new Map(), policies: { identity: [] } };
    const anybody = { type: 'Account' as const, accountId: ACCOUNT_ID, ...names, ...rest };
    const operator = operatorOf({
      config: {
        accountId: ACCOUNT_ID,
        partition: 'aws',
        operator: { socket: true, principal: arn },
      },
      principals: { root: () => anybody, idOf: async () => undefined, find: () => undefined },
      wallClock: wallClock(),
    });
    expect(await operator.principal()).toBeUndefined();
  });
});

it('there is none with operator.socket: false, nor where its path is too long, which is said', async () => {
  const off = { operator: { socket: false }, dataDir: '/nowhere' };
  expect(await operatorSocket({ config: off } as never)).toEqual({ provides: {} });
  const long = { operator: { socket: true }, dataDir: `/${'d'.repeat(100)}` };
  const log = { warn: vi.fn() };
  expect(await operatorSocket({ config: long, log } as never)).toEqual({ provides: {} });
  expect(log.warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('too long'));
});
