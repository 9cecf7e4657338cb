import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  buildClient,
  CommitmentPolicy,
  getLocalCryptographicMaterialsCache,
  KMS,
  KmsKeyringNode,
  type KmsNodeClientSupplier,
  NodeCachingMaterialsManager,
} from '@aws-crypto/client-node';
import { CreateKeyCommand, type CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { REGION, Strongroom } from '../support/strongroom.js';

const MEGABYTE = 1024 * 1024;
const MESSAGES = 5;
const { encryptStream, decryptStream, encrypt, decrypt } = buildClient(
  CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
);

let strongroom: Strongroom;
const keyArns: Record<string, string> = {};

beforeAll(async () => {
  strongroom = await Strongroom.start();
  const client = await strongroom.client();
  const CustomKeyStoreId = await connectedKeyStore(strongroom, client);
  const create = async (members: CreateKeyCommandInput) =>
    (await client.send(new CreateKeyCommand(members))).KeyMetadata?.Arn ?? '';
  keyArns.software = await create({});
  keyArns.token = await create({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
});
afterAll(() => strongroom?.dispose());

/** A keyring as applications make it; only the endpoint is ours. */
async function keyring(generatorKeyId: string) {
  const { endpoint } = strongroom;
  const credentials = await strongroom.credentials();
  return new KmsKeyringNode({
    generatorKeyId,
    // The cast: the package's types don't know exactOptionalPropertyTypes.
    clientProvider: (() =>
      new KMS({ endpoint, region: REGION, credentials })) as unknown as KmsNodeClientSupplier,
  });
}

/** How often an operation was called, as the audit trail has it. */
async function calls(operation: string): Promise<number> {
  const records = await auditRecords(strongroom);
  return records.filter(({ eventName }) => eventName === operation).length;
}

async function counted(work: () => Promise<void>) {
  const before = { made: await calls('GenerateDataKey'), opened: await calls('Decrypt') };
  await work();
  return {
    made: (await calls('GenerateDataKey')) - before.made,
    opened: (await calls('Decrypt')) - before.opened,
  };
}

describe.each(['software', 'token'])("AWS's Encryption SDK with a %s key", (kind) => {
  const encryptionContext = { purpose: 'backup', kind };

  it('encrypts a stream of 10 MB and decrypts it', async () => {
    const ring = await keyring(keyArns[kind] ?? '');
    const digests = { before: createHash('sha256'), after: createHash('sha256') };
    const chunks = Array.from({ length: 10 }, () => randomBytes(MEGABYTE));
    for (const chunk of chunks) digests.before.update(chunk);
    const contexts: unknown[] = [];
    const opening = decryptStream(ring);
    opening.once('MessageHeader', (header) => contexts.push(header.encryptionContext));
    const used = await counted(() =>
      pipeline(
        Readable.from(chunks),
        encryptStream(ring, { encryptionContext }),
        opening,
        async (decrypted: AsyncIterable<Buffer>) => {
          for await (const chunk of decrypted) digests.after.update(chunk);
        },
      ),
    );
    expect(digests.after.digest('hex')).toBe(digests.before.digest('hex'));
    expect(contexts).toMatchObject([encryptionContext]);
    expect(used).toEqual({ made: 1, opened: 1 });
  });

  it('asks for a data key per message', async () => {
    const ring = await keyring(keyArns[kind] ?? '');
    expect(await counted(() => messages(ring))).toEqual({ made: MESSAGES, opened: MESSAGES });
  });

  it('asks once when it caches materials', async () => {
    const backingMaterials = await keyring(keyArns[kind] ?? '');
    const manager = new NodeCachingMaterialsManager({
      backingMaterials,
      cache: getLocalCryptographicMaterialsCache(100),
      maxAge: 60_000,
      maxMessagesEncrypted: 100,
    });
    expect(await counted(() => messages(manager))).toEqual({ made: 1, opened: 1 });
  });

  async function messages(materials: KmsKeyringNode | NodeCachingMaterialsManager) {
    for (let at = 0; at < MESSAGES; at += 1) {
      const secret = randomBytes(256);
      const { result } = await encrypt(materials, secret, {
        encryptionContext,
        plaintextLength: secret.length,
      });
      expect(result.includes(secret)).toBe(false);
      const { plaintext } = await decrypt(materials, result);
      expect(plaintext).toEqual(secret);
    }
  }
});
