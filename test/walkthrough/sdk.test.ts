import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  DryRunOperationException,
  EncryptCommand,
  InvalidCiphertextException,
  KMSClient,
  NotFoundException,
  paginateDescribeCustomKeyStores,
  paginateListAliases,
  paginateListKeyPolicies,
  paginateListKeys,
  paginateListResourceTags,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { REGION, Strongroom } from '../support/strongroom.js';

const KEYS = 5;
const ALIASES = 7;
const TAGS = 11;

let strongroom: Strongroom;
let client: KMSClient;
let KeyId: string;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  // As applications make it: nothing but the endpoint differs from AWS.
  client = new KMSClient({
    endpoint: strongroom.endpoint,
    region: REGION,
    credentials: await strongroom.credentials(),
  });
  await connectedKeyStore(strongroom, client);
  const ids: string[] = [];
  for (let made = 0; made < KEYS; made += 1) {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    ids.push(KeyMetadata?.KeyId ?? '');
  }
  KeyId = ids[0] ?? '';
  for (let made = 0; made < ALIASES; made += 1) {
    const AliasName = `alias/number-${made}`;
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  }
  const Tags = Array.from({ length: TAGS }, (_, at) => ({ TagKey: `tag-${at}`, TagValue: '' }));
  await client.send(new TagResourceCommand({ KeyId, Tags }));
});
afterAll(async () => {
  client?.destroy();
  await strongroom?.dispose();
});

async function sizes<Page>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => unknown[] | undefined,
): Promise<number[]> {
  const found: number[] = [];
  for await (const page of pages) found.push(items(page)?.length ?? -1);
  return found;
}

describe("the SDK's paginators", () => {
  it('walk through every list', async () => {
    const by = (pageSize: number) => ({ client, pageSize });
    expect(await sizes(paginateListKeys(by(2), {}), ({ Keys }) => Keys)).toEqual([2, 2, 1]);
    expect(await sizes(paginateListAliases(by(3), { KeyId }), ({ Aliases }) => Aliases)).toEqual([
      3, 3, 1,
    ]);
    expect(await sizes(paginateListResourceTags(by(4), { KeyId }), ({ Tags }) => Tags)).toEqual([
      4, 4, 3,
    ]);
    expect(
      await sizes(paginateListKeyPolicies(by(1), { KeyId }), ({ PolicyNames }) => PolicyNames),
    ).toEqual([1]);
    const stores = paginateDescribeCustomKeyStores(by(1), {});
    expect(await sizes(stores, ({ CustomKeyStores }) => CustomKeyStores)).toEqual([1]);
  });
});

describe('the SDK with its own retry settings', () => {
  it('throws its own exception classes at the first answer', async () => {
    const Plaintext = Buffer.from('x');
    const dry = client.send(new EncryptCommand({ KeyId, Plaintext, DryRun: true }));
    await expect(dry).rejects.toThrow(DryRunOperationException);
    const garbage = client.send(new DecryptCommand({ CiphertextBlob: Plaintext }));
    await expect(garbage).rejects.toThrow(InvalidCiphertextException);
    const unknown = client.send(new DescribeKeyCommand({ KeyId: 'alias/none' }));
    await expect(unknown).rejects.toThrow(NotFoundException);
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    await client.send(new DisableKeyCommand({ KeyId: KeyMetadata?.KeyId }));
    const disabled = client.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext }));
    await expect(disabled).rejects.toThrow(DisabledException);
    await expect(disabled).rejects.toMatchObject({ $metadata: { attempts: 1 } });
  });

  it('corrects a clock that is wrong by an hour', async () => {
    const skewed = new KMSClient({
      endpoint: strongroom.endpoint,
      region: REGION,
      credentials: await strongroom.credentials(),
    });
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 60 * 60 * 1000);
    const { $metadata } = await skewed.send(new DescribeKeyCommand({ KeyId }));
    vi.restoreAllMocks();
    expect($metadata).toMatchObject({ httpStatusCode: 200, attempts: 2 });
    skewed.destroy();
  });
});
