import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TokenClient, TokenState } from '../../src/token-host/client/client.js';
import type { ObjectInfo } from '../../src/token-host/protocol/key-objects.js';
import type { TokenInfo } from '../../src/token-host/protocol/protocol.js';
import type { ArgumentsOf, CallName, ResultOf } from '../../src/token-host/protocol/token-calls.js';
import { TokenError } from '../../src/token-host/protocol/token-error.js';

/** What the fake does for a call, on the key with this CKA_ID. */
type Handlers = {
  readonly [Name in CallName]?: (ckaId: string, args: ArgumentsOf<Name>) => ResultOf<Name>;
};

/** What goes wrong with a call: before the token does it, or after, so that only the answer is lost. */
export interface Fault {
  readonly call: CallName;
  readonly when: 'before' | 'after';
  readonly error: Error;
}

/** A token in memory, with real AES-GCM, that fails where a test wants it to. */
export class FakeTokenClient {
  readonly info: TokenInfo;
  /** The token's keys by CKA_ID; they outlive a client as a token's keys do. */
  readonly keys: Map<string, { readonly label: string; readonly secret: Buffer }>;
  /** Every call that reached the token. */
  readonly calls: CallName[] = [];
  state: TokenState = 'ready';
  fault: Fault | undefined;
  /** What it answers wrongly. */
  readonly wrong = new Set<'iv' | 'tag' | 'random'>();

  constructor(label: string, keys: FakeTokenClient['keys'] = new Map()) {
    this.info = { label, serial: `serial of ${label}` } as TokenInfo;
    this.keys = keys;
  }

  /** As the code under test sees it. */
  get asTokenClient(): TokenClient {
    return this as unknown as TokenClient;
  }

  has(ckaId: string): boolean {
    return this.keys.has(ckaId);
  }

  async listed(): Promise<void> {}

  objects(): ReadonlyMap<string, ObjectInfo> {
    return new Map([...this.keys].map(([ckaId, { label }]) => [ckaId, infoOf(label)]));
  }

  readonly try: TokenClient['try'] = (name, key, args) =>
    this.call(name, typeof key === 'object' ? key.id : key, args);

  async call<Name extends CallName>(
    name: Name,
    ckaId: string | undefined,
    args: ArgumentsOf<Name>,
  ): Promise<ResultOf<Name>> {
    const fault = this.fault?.call === name ? this.fault : undefined;
    if (fault?.when === 'before') throw fault.error;
    this.calls.push(name);
    const handler = this.#handlers[name];
    if (!handler) throw new Error(`the fake token has no ${name}`);
    const answer = handler(ckaId ?? '', args);
    if (fault) throw fault.error;
    return answer;
  }

  readonly #handlers: Handlers = {
    findObject: (ckaId) => {
      const key = this.keys.get(ckaId);
      return key && infoOf(key.label);
    },
    generateKey: (ckaId, { label }) => {
      this.keys.set(ckaId, { label, secret: randomBytes(32) });
      return undefined;
    },
    createKey: (ckaId, { label, value }) => {
      this.keys.set(ckaId, { label, secret: Buffer.from(value) });
    },
    destroyObject: (ckaId) => this.keys.delete(ckaId),
    random: (_ckaId, { length }) =>
      this.wrong.has('random') ? Buffer.alloc(length, 7) : randomBytes(length),
    encrypt: (ckaId, { plaintext, aad }) => {
      const iv = this.wrong.has('iv') ? Buffer.alloc(12, 1) : randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', this.#secret(ckaId), iv).setAAD(aad);
      const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return { iv, ciphertext, tag: cipher.getAuthTag() };
    },
    decrypt: (ckaId, { iv, ciphertext, tag, aad }) => {
      const decipher = createDecipheriv('aes-256-gcm', this.#secret(ckaId), iv);
      decipher.setAAD(aad).setAuthTag(tag);
      if (this.wrong.has('tag')) return decipher.update(ciphertext);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
      } catch {
        throw TokenError.of('CKR_ENCRYPTED_DATA_INVALID');
      }
    },
  };

  #secret(ckaId: string): Buffer {
    const key = this.keys.get(ckaId);
    if (!key) throw TokenError.of('CKR_KEY_HANDLE_INVALID');
    return key.secret;
  }
}

function infoOf(label: string): ObjectInfo {
  return { label } as ObjectInfo;
}
