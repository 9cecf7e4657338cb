/** Messages of the AWS Encryption SDK for JavaScript for the other languages, and theirs. */
import { deepEqual, equal } from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AwsKmsMrkAwareSymmetricDiscoveryKeyringNode,
  AwsKmsMrkAwareSymmetricKeyringNode,
  BranchKeyStoreNode,
  buildClient,
  CommitmentPolicy,
  getClient,
  type KeyringNode,
  KMS,
  KmsHierarchicalKeyRingNode,
  KmsKeyringNode,
} from '@aws-crypto/client-node';
import { stage, testCase } from './cases.js';

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
const PLAINTEXT = Buffer.from('for all the others');
const { symmetric, mrk, replica } = stage.exchangeKeys;
const discoveryFilter = { accountIDs: [stage.account], partition: 'aws' };
const elsewhere = () => new KMS({ region: stage.otherRegion });

/** For the message of this writer. */
type MakeKeyring = (writer: string) => KeyringNode | Promise<KeyringNode>;

const WRITERS: Record<string, MakeKeyring> = {
  kms: () => new KmsKeyringNode({ generatorKeyId: symmetric }),
  mrk: () => new AwsKmsMrkAwareSymmetricKeyringNode({ keyId: mrk, client: new KMS({}) }),
  multi: () => new KmsKeyringNode({ generatorKeyId: symmetric, keyIds: [mrk] }),
};

const discovery = () =>
  new KmsKeyringNode({ discovery: true, discoveryFilter, clientProvider: getClient(KMS, {}) });

/** By the name of the message: who may read it. This SDK has no RSA and no ECDH keyring of KMS. */
const READERS: Record<string, Readonly<Record<string, MakeKeyring>>> = {
  kms: { strict: () => new KmsKeyringNode({ keyIds: [symmetric] }), discovery },
  mrk: {
    replica: () => new AwsKmsMrkAwareSymmetricKeyringNode({ keyId: replica, client: elsewhere() }),
    'discovery elsewhere': () =>
      new AwsKmsMrkAwareSymmetricDiscoveryKeyringNode({ client: elsewhere(), discoveryFilter }),
  },
  multi: { child: () => new KmsKeyringNode({ keyIds: [mrk] }), discovery },
};

function branchKeys(): BranchKeyStoreNode {
  const ddbTableName = stage.branchKeys ?? '';
  return new BranchKeyStoreNode({
    logicalKeyStoreName: ddbTableName,
    storage: { ddbTableName },
    kmsConfiguration: { identifier: symmetric },
  });
}

/** A branch key of each writer's own. */
const hierarchical: MakeKeyring = (writer) =>
  new KmsHierarchicalKeyRingNode({
    branchKeyId: `of-${writer}`,
    keyStore: branchKeys(),
    cacheLimitTtl: 60,
    // As the other languages sort the encryption context.
    utf8Sorting: true,
  });

if (stage.branchKeys !== undefined) {
  WRITERS.hierarchical = async (writer) => {
    const encryptionContext = { for: writer };
    await branchKeys().createKey({ branchKeyIdentifier: `of-${writer}`, encryptionContext });
    return hierarchical(writer);
  };
  READERS.hierarchical = { 'branch key': hierarchical };
}

export async function writeAll(): Promise<void> {
  for (const [name, keyring] of Object.entries(WRITERS)) {
    await testCase(`Encryption SDK writes: ${name}`, async () => {
      const encryptionContext = { for: 'everybody' };
      const { result } = await encrypt(await keyring('typescript'), PLAINTEXT, {
        encryptionContext,
      });
      writeFileSync(join(stage.exchange, `typescript.${name}.message`), result);
      return undefined;
    });
  }
}

export async function readAll(): Promise<void> {
  const files = readdirSync(stage.exchange).filter((name) => name.endsWith('.message'));
  for (const file of files.toSorted()) {
    const [writer = '', name = ''] = file.split('.');
    for (const [by, keyring] of Object.entries(READERS[name] ?? {})) {
      await testCase(`Encryption SDK reads ${writer}'s ${name}: ${by}`, async () => {
        const message = readFileSync(join(stage.exchange, file));
        const { plaintext, messageHeader } = await decrypt(await keyring(writer), message);
        deepEqual(Buffer.from(plaintext), PLAINTEXT);
        equal(messageHeader.encryptionContext.for, 'everybody');
        return undefined;
      });
    }
  }
}
