import {
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  type KMSClient,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let client: KMSClient;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = await strongroom.client();
});
afterAll(() => strongroom.dispose());

const kinds = {
  symmetric: {},
  hmac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  'rsa encryption': { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  'rsa signing': { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  'p-256 signing': { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
} as const satisfies Record<string, CreateKeyCommandInput>;

async function newKey(kind: keyof typeof kinds): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(kinds[kind]));
  return KeyMetadata?.KeyId ?? '';
}

// AWS KMS API Reference, UpdateAlias: the same type and the same usage; the spec may differ.
it.each([
  ['symmetric', 'symmetric', true],
  ['rsa signing', 'p-256 signing', true],
  ['symmetric', 'rsa encryption', false],
  ['symmetric', 'hmac', false],
  ['rsa encryption', 'rsa signing', false],
] as const)('an alias of a key for %s may move to one for %s: %s', async (from, to, may) => {
  const AliasName = `alias/${from}-${to}`.replaceAll(' ', '-');
  await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: await newKey(from) }));
  const moved = client.send(new UpdateAliasCommand({ AliasName, TargetKeyId: await newKey(to) }));
  if (may) await expect(moved).resolves.toBeDefined();
  else await expect(moved).rejects.toMatchObject({ name: 'ValidationException' });
});
