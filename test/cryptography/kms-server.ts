import { type CreateKeyCommandInput, KMS } from '@aws-sdk/client-kms';
import { afterAll, beforeAll } from 'vitest';
import type { KeySpec, KeyUsage } from '../../src/crypto/algorithms.js';

import { connectedKeyStore } from '../support/custom-key-store.js';
import { SHARED_SETTINGS, sharedServer } from '../support/shared-server.js';
import { REGION, type ServerSettings, Strongroom } from '../support/strongroom.js';
import type { StoreName } from './stores.js';

export interface TestKey {
  readonly id: string;
  readonly arn: string;
}

interface Kind {
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
}

/** Keys that all files of a worker share. */
const sharedKeys = new Map<string, Promise<TestKey>>();

/** A real server and the real SDK; keys are made when a test first wants them, and then shared. */
export class KmsServer {
  strongroom!: Strongroom;
  kms!: KMS;
  #shared = new Map<string, Promise<TestKey>>();
  #customKeyStoreId: Promise<string> | undefined;

  /** The one of all files. */
  async share(): Promise<void> {
    const { strongroom, customKeyStoreId } = sharedServer();
    this.strongroom = strongroom;
    this.#customKeyStoreId = Promise.resolve(customKeyStoreId);
    this.#shared = sharedKeys;
    await this.#connect();
  }

  async start(settings: ServerSettings): Promise<void> {
    const yaml = { ...SHARED_SETTINGS.yaml, ...settings.yaml };
    this.strongroom = await Strongroom.start({ ...settings, yaml });
    await this.#connect();
  }

  /** Stops the server, does something to what it left, and starts it again. */
  async restart(meanwhile: () => Promise<unknown>): Promise<void> {
    this.kms.destroy();
    await this.strongroom.stop();
    await meanwhile();
    await this.strongroom.start();
    await this.#connect();
  }

  async #connect(): Promise<void> {
    this.kms = new KMS({
      endpoint: this.strongroom.endpoint,
      region: REGION,
      credentials: await this.strongroom.credentials(),
      maxAttempts: 1,
    });
  }

  async stop(): Promise<void> {
    this.kms?.destroy();
    await this.strongroom?.dispose();
  }

  /** The members of CreateKey that put a key's material into a store. */
  async placement(store: StoreName): Promise<CreateKeyCommandInput> {
    if (store === 'software') return {};
    this.#customKeyStoreId ??= connectedKeyStore(this.strongroom, this.kms);
    return { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: await this.#customKeyStoreId };
  }

  async newKey(store: StoreName, { keySpec, keyUsage }: Kind): Promise<TestKey> {
    const input = {
      ...(await this.placement(store)),
      KeySpec: keySpec,
      KeyUsage: keyUsage,
    };
    const { KeyMetadata } = await this.kms.createKey(input);
    return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
  }

  /** The key of this kind that all tests share: enabled, and to be left so. */
  key(store: StoreName, { keySpec, keyUsage }: Kind): Promise<TestKey> {
    const name = [store, keySpec, keyUsage].join();
    const shared = this.#shared.get(name) ?? this.newKey(store, { keySpec, keyUsage });
    this.#shared.set(name, shared);
    return shared;
  }

  async publicKey({ id }: TestKey): Promise<Buffer> {
    const { PublicKey } = await this.kms.getPublicKey({ KeyId: id });
    return octets(PublicKey);
  }
}

/** The server that all files share, which must be left as it is. */
export function kmsServer(): KmsServer {
  const server = new KmsServer();
  beforeAll(() => server.share());
  afterAll(() => server.kms?.destroy());
  return server;
}

/** Starts a server before the tests of a file and ends it after them. */
export function ownKmsServer(settings: ServerSettings = {}): KmsServer {
  const server = new KmsServer();
  beforeAll(() => server.start(settings));
  afterAll(() => server.stop());
  return server;
}

/** A blob of an answer. */
export function octets(blob: Uint8Array | undefined): Buffer {
  if (!blob) throw new Error('the answer has no such blob');
  return Buffer.from(blob);
}
