import { type CreateKeyCommandInput, KMS } from '@aws-sdk/client-kms';
import { afterAll, beforeAll } from 'vitest';
import type { KeySpec, KeyUsage } from '../../src/crypto/algorithms.js';

import { connectedKeyStore } from '../support/custom-key-store.js';
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

/** A real server and the real SDK; keys are made when a test first wants them, and then shared. */
export class KmsServer {
  strongroom!: Strongroom;
  kms!: KMS;
  readonly #shared = new Map<string, Promise<TestKey>>();
  #customKeyStoreId: Promise<string> | undefined;

  async start(settings: ServerSettings): Promise<void> {
    // The primes of an RSA_4096 key take as long as they take, more so on a busy machine.
    const yaml = { limits: { requestTimeoutMs: 60_000 }, ...settings.yaml };
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

  /** The key of this kind that all tests of a file share: enabled, and to be left so. */
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

/** Starts a server before the tests of a file and ends it after them. */
export function kmsServer(settings: ServerSettings = {}): KmsServer {
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
