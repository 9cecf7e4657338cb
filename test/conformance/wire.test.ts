import { beforeAll, describe, expect, it } from 'vitest';
import { conformanceServer } from '../support/faces/conformance-server.js';
import { requireRequestId } from '../support/faces/face.js';
import {
  GRANT,
  keyOperations,
  type Surroundings,
  surroundings,
} from '../support/faces/key-operations.js';
import { SignedHttp } from '../support/faces/signed-http.js';
import { operations } from '../support/kms-operations.js';
import { keyLifeCalls, keyLifeThings } from './key-life-calls.js';
import { KEY_TYPE_OPERATIONS, keyTypeInputs } from './key-type-calls.js';

const server = conformanceServer({ yaml: { regions: ['us-east-1', 'eu-west-1'] } });

/** How AWS answers each operation that succeeds: no octets, an empty object, or members. */
const BODIES = {
  nothing: [
    'CreateAlias',
    'DeleteAlias',
    'UpdateAlias',
    'DisableKey',
    'EnableKey',
    'PutKeyPolicy',
    'RetireGrant',
    'RevokeGrant',
    'TagResource',
    'UntagResource',
    'UpdateKeyDescription',
    'EnableKeyRotation',
    'DisableKeyRotation',
    'UpdatePrimaryRegion',
  ],
  '{}': [
    'ConnectCustomKeyStore',
    'UpdateCustomKeyStore',
    'DisconnectCustomKeyStore',
    'DeleteCustomKeyStore',
  ],
  members: [
    'CancelKeyDeletion',
    'CreateCustomKeyStore',
    'CreateGrant',
    'CreateKey',
    'Decrypt',
    'DescribeCustomKeyStores',
    'DescribeKey',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateRandom',
    'GetKeyPolicy',
    'ListAliases',
    'ListGrants',
    'ListRetirableGrants',
    'ListKeyPolicies',
    'ListKeys',
    'ListResourceTags',
    'ReEncrypt',
    'ScheduleKeyDeletion',
    ...KEY_TYPE_OPERATIONS,
    'GetKeyRotationStatus',
    'RotateKeyOnDemand',
    'ListKeyRotations',
    'GetKeyLastUsage',
    'GetParametersForImport',
    'ImportKeyMaterial',
    'DeleteImportedKeyMaterial',
    'ReplicateKey',
  ],
} as const;

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

  /** An input with which the operation succeeds. */
  async function inputOf(name: string): Promise<object> {
    const id = server.customKeyStoreId;
    const row = keyOperations.find(({ operation }) => operation === name);
    if (row) {
      const around: Surroundings = await surroundings(server, 'AWS JSON', 'software');
      const KeyId = around.key.id;
      const face = server.face('AWS JSON');
      if (name === 'CancelKeyDeletion') await face.call('ScheduleKeyDeletion', { KeyId });
      return row.input(KeyId, around);
    }
    const face = server.face('AWS JSON');
    const keyType = (await keyTypeInputs((...call) => face.call(...call)))[name];
    if (keyType) return keyType.input;
    if (name === 'RetireGrant' || name === 'RevokeGrant') {
      const { id: KeyId } = await server.newKey('AWS JSON', 'software');
      const { GrantId } = await face.call('CreateGrant', { KeyId, ...GRANT });
      return { KeyId, GrantId };
    }
    const life = await keyLifeThings((...call) => face.call(...call));
    if (name === 'UpdatePrimaryRegion') {
      await face.call('ReplicateKey', { KeyId: life.multiRegion, ReplicaRegion: 'eu-west-1' });
    }
    const ofLife = keyLifeCalls(() => life).find(({ operation }) => operation === name);
    if (ofLife) return ofLife.input();
    const others: Record<string, object> = {
      ListRetirableGrants: { RetiringPrincipal: GRANT.GranteePrincipal },
      ConnectCustomKeyStore: { CustomKeyStoreId: id },
      UpdateCustomKeyStore: { CustomKeyStoreId: id, NewCustomKeyStoreName: 'renamed' },
      DisconnectCustomKeyStore: { CustomKeyStoreId: id },
      GenerateRandom: { NumberOfBytes: 8 },
    };
    return others[name] ?? {};
  }

  it('covers every operation', () => {
    expect(Object.values(BODIES).flat().toSorted()).toEqual([...operations.keys()].toSorted());
  });

  // The stores' own life is walked through in connections.test.ts; here the three that need no other.
  const walked = ['CreateCustomKeyStore', 'DeleteCustomKeyStore'];
  const rows = Object.entries(BODIES).flatMap(([kind, names]) =>
    names.filter((name) => !walked.includes(name)).map((name) => ({ name, kind })),
  );

  it.each(rows)('$name answers $kind', async ({ name, kind }) => {
    const response = await send(`TrentService.${name}`, await inputOf(name));
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status: 200 });
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(Date.parse(response.headers.get('date') ?? '')).not.toBeNaN();
    requireRequestId(response.headers.get('x-amzn-requestid'));
    if (kind === 'members') expect(Object.keys(JSON.parse(text)).length).toBeGreaterThan(0);
    else expect(text).toBe(kind === 'nothing' ? '' : '{}');
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
