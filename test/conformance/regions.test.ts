import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { AwsJsonFace } from '../support/faces/aws-json-face.js';
import { arnOf } from '../support/faces/conformance-server.js';
import type { Face } from '../support/faces/face.js';
import { expectRefusal, notFound, unknownCiphertextKey } from '../support/faces/refusals.js';
import { Strongroom } from '../support/strongroom.js';

const [HOME, AWAY] = ['us-east-1', 'eu-west-1'] as const;

let strongroom: Strongroom;
let home: Face;
let away: Face;
let key: { id: string; arn: string };

beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { regions: [HOME, AWAY] } });
  home = new AwsJsonFace(await strongroom.client({ region: HOME }));
  away = new AwsJsonFace(await strongroom.client({ region: AWAY }));
  const { KeyMetadata } = await home.call('CreateKey', {});
  key = { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
});
afterAll(() => strongroom?.dispose());

it('a key is of the Region that it was made in', async () => {
  expect(key.arn).toBe(arnOf(`key/${key.id}`, HOME));
  const unknown = notFound(`Key '${arnOf(`key/${key.id}`, AWAY)}' does not exist`);
  await expectRefusal('AWS JSON', away.call('DescribeKey', { KeyId: key.id }), unknown);
  const otherRegion = away.call('DescribeKey', { KeyId: key.arn });
  await expectRefusal('AWS JSON', otherRegion, notFound(`Invalid arn ${HOME}`));
  expect(await away.call('ListKeys', {})).toMatchObject({ Keys: [] });
});

it('a ciphertext of another Region has no key here', async () => {
  const input = { KeyId: key.id, Plaintext: Buffer.from('x') };
  const { CiphertextBlob } = await home.call('Encrypt', input);
  await expectRefusal('AWS JSON', away.call('Decrypt', { CiphertextBlob }), unknownCiphertextKey);
});

it('an alias may be in both, for different keys', async () => {
  const AliasName = 'alias/same';
  const { KeyMetadata } = await away.call('CreateKey', {});
  await home.call('CreateAlias', { AliasName, TargetKeyId: key.id });
  await away.call('CreateAlias', { AliasName, TargetKeyId: KeyMetadata?.KeyId });
  const described = await away.call('DescribeKey', { KeyId: AliasName });
  expect(described.KeyMetadata?.Arn).toBe(arnOf(`key/${KeyMetadata?.KeyId}`, AWAY));
  await away.call('DeleteAlias', { AliasName });
  const still = await home.call('DescribeKey', { KeyId: AliasName });
  expect(still.KeyMetadata?.Arn).toBe(key.arn);
});

it('a custom key store is of one Region', async () => {
  const CustomKeyStoreId = await connectedKeyStore(strongroom, await strongroom.client());
  const here = { CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' } as const;
  expect(await home.call('CreateKey', here)).toMatchObject({ KeyMetadata: here });
  expect(await away.call('DescribeCustomKeyStores', {})).toMatchObject({ CustomKeyStores: [] });
  await expectRefusal('AWS JSON', away.call('CreateKey', here), {
    name: 'CustomKeyStoreNotFoundException',
    message: `Custom key store ${CustomKeyStoreId} does not exist.`,
  });
});
