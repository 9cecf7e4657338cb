import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { connectedKeyStore } from '../custom-key-store.js';
import { sharedServer } from '../shared-server.js';
import { ACCOUNT_ID, REGION, type ServerSettings, Strongroom } from '../strongroom.js';
import type { Face, InputOf, OperationName, OutputOf } from './face.js';
import { FACES, type FaceName, facesOf } from './faces.js';

/** Where a key's material may be. */
export const STORES = ['software', 'SoftHSM'] as const;
export type StoreName = (typeof STORES)[number];

/** What the suite runs over: every kind of key store through every face. */
export const combinations = FACES.flatMap((face) => STORES.map((store) => ({ face, store })));

export interface TestKey {
  readonly id: string;
  readonly arn: string;
}

export const arnOf = (resource: string, region = REGION, account = ACCOUNT_ID) =>
  `arn:aws:kms:${region}:${account}:${resource}`;

/** A server with a CONNECTED custom key store, over its faces. */
export class ConformanceServer {
  strongroom!: Strongroom;
  customKeyStoreId!: string;
  #faces!: Record<FaceName, Face>;

  /** The one of all files. */
  async share(): Promise<void> {
    Object.assign(this, sharedServer());
    this.#faces = await facesOf(this.strongroom);
  }

  async start(settings: ServerSettings): Promise<void> {
    this.strongroom = await Strongroom.start(settings);
    this.#faces = await facesOf(this.strongroom);
    this.customKeyStoreId = await connectedKeyStore(
      this.strongroom,
      await this.strongroom.client(),
    );
  }

  face(name: FaceName): Face {
    return this.#faces[name];
  }

  /** The suite's verbs for one combination; usable only while tests run. */
  over(face: FaceName, store: StoreName = 'software') {
    return {
      call: <Name extends OperationName>(
        operation: Name,
        input: InputOf<Name>,
      ): Promise<OutputOf<Name>> => this.face(face).call(operation, input),
      exchange: (operation: string, input: object) => this.face(face).exchange(operation, input),
      newKey: (members: InputOf<'CreateKey'> = {}) => this.newKey(face, store, members),
      newAlias: (key: TestKey) => this.newAlias(face, key),
    };
  }

  /** The members of CreateKey that put a key's material into a store. */
  placement(store: StoreName): InputOf<'CreateKey'> {
    if (store === 'software') return {};
    return { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: this.customKeyStoreId };
  }

  async newKey(
    face: FaceName,
    store: StoreName,
    members: InputOf<'CreateKey'> = {},
  ): Promise<TestKey> {
    const input = { ...this.placement(store), ...members };
    const { KeyMetadata } = await this.face(face).call('CreateKey', input);
    return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' };
  }

  /** An unused alias name. */
  aliasName(): string {
    return `alias/a-${randomUUID()}`;
  }

  async newAlias(face: FaceName, key: TestKey): Promise<string> {
    const AliasName = this.aliasName();
    await this.face(face).call('CreateAlias', { AliasName, TargetKeyId: key.id });
    return AliasName;
  }
}

/**
 * The server that all files share, which must be left as it is: other keys come and go in it, its store
 * stays CONNECTED.
 */
export function conformanceServer(): ConformanceServer {
  const server = new ConformanceServer();
  beforeAll(() => server.share());
  return server;
}

/** Starts a server before the tests of a file and ends it after them. */
export function ownConformanceServer(settings: ServerSettings = {}): ConformanceServer {
  const server = new ConformanceServer();
  beforeAll(() => server.start(settings));
  afterAll(() => server.strongroom?.dispose());
  return server;
}
