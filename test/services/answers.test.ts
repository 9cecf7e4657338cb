/**
 * Every answer of every service against the AWS SDK's own model: as it is declared, and as it is
 * encoded, read by the SDK's client.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as iamSdk from '@aws-sdk/client-iam';
import * as kmsSdk from '@aws-sdk/client-kms';
import * as stsSdk from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/declare/operation.js';
import { EmptyResult } from '../../src/declare/shape-kinds.js';
import { mapValue, type Shape } from '../../src/declare/validate.js';
import { toJson } from '../../src/protocols/http/wire.js';
import { successXml } from '../../src/protocols/query/query-response.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { differences, modelledAnswer } from '../support/sdk-model.js';
import { REGION } from '../support/strongroom.js';

/** Strongroom's own operations, which no SDK knows. */
const OWN = ['kms:ListEvents', 'kms:AdvanceClock', 'sts:GetForwardAccessSession'];

/** Members of the model that this server never sends, or not always where AWS does, and why. */
const NOT_SENT: Readonly<Record<string, string>> = {
  'KeyMetadata.XksKeyConfiguration': 'no external key stores',
  'CustomKeyStoresListEntry.XksProxyConfiguration': 'no external key stores',
  'GetKeyRotationStatusResponse.OnDemandRotationStartDate':
    'a rotation is done when it is answered',
  'DecryptResponse.CiphertextForRecipient': 'no Nitro hardware',
  'GenerateDataKeyResponse.CiphertextForRecipient': 'no Nitro hardware',
  'GenerateDataKeyPairResponse.CiphertextForRecipient': 'no Nitro hardware',
  'GenerateRandomResponse.CiphertextForRecipient': 'no Nitro hardware',
  'DeriveSharedSecretResponse.CiphertextForRecipient': 'no Nitro hardware',
  'User.Path': 'the root user has none; AWS sends it for users only, too',
  'User.UserName': 'the root user has none; AWS sends it for users only, too',
  'User.PasswordLastUsed': 'users have no password',
  'LoginProfile.PasswordResetRequired': 'users have no password',
  'Role.RoleLastUsed': 'the last use of a role is not kept',
  'Role.SourceRoleTemplate': 'no role templates',
  'VirtualMFADevice.User': 'a new device is nobody’s',
  'VirtualMFADevice.EnableDate': 'a new device is nobody’s',
  'VirtualMFADevice.Base32StringSeed': 'shown once, to who makes the device',
  'VirtualMFADevice.QRCodePNG': 'shown once, to who makes the device',
  'VirtualMFADevice.Tags': 'lists show no tags',
  'EvaluationResult.OrganizationsDecisionDetail': 'no Organizations',
  'EvaluationResult.EvalDecisionDetails': 'one result for each action and resource',
  'EvaluationResult.ResourceSpecificResults': 'one result for each action and resource',
  'Statement.StartPosition': 'statements are named after # in SourcePolicyId',
  'Statement.EndPosition': 'statements are named after # in SourcePolicyId',
  'AssumeRoleWithWebIdentityResponse.SourceIdentity': 'no token can set one',
  'AssumeRoleWithWebIdentityResponse.TrustedIdentityPropagationContext': 'no Identity Center',
};

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

const all = SERVICES.flatMap(({ service, sdk, encode }) =>
  [...service.operations.values()].map((operation) => ({
    id: operation.id,
    service: service.name,
    operation,
    encode,
    output: operation.output === 'nothing' ? EmptyResult : operation.output,
    model: modelledAnswer(sdk, operation.name),
  })),
);

const modelled = all.flatMap(({ model, ...rest }) => (model ? [{ ...rest, model }] : []));

const memberOf = (line: string) => line.split(' ', 1)[0] ?? '';

it('is of the operations that AWS has, but for our own', () => {
  expect(all.filter(({ model }) => !model).map(({ id }) => id)).toEqual(OWN);
  expect(modelled.length).toBeGreaterThan(150);
});

it('gives a reason for no member that is sent', () => {
  const lines = modelled.flatMap(({ id, output, model }) => differences(output, model, id));
  expect(new Set(lines.map(memberOf))).toEqual(new Set(Object.keys(NOT_SENT)));
});

describe.each(modelled)('$id', ({ id, service, operation, encode, output, model }) => {
  it('is declared as the SDK models it', () => {
    const lines = differences(output, model, id);
    expect(lines.filter((line) => !Object.hasOwn(NOT_SENT, memberOf(line)))).toEqual([]);
  });

  it('is read by the SDK as it was answered', async () => {
    const sent = sampleMembers(output);
    answer = encode(operation, sent);
    expect(await readBySdk(service, operation.name)).toEqual(asRead(sent));
  });
});
