import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TokenClient, TokenState } from '../../src/token-host/client/client.js';
import type { ObjectInfo, TokenInfo } from '../../src/token-host/protocol/protocol.js';
import { TokenError } from '../../src/token-host/protocol/token-error.js';

type Call = 'encrypt' | 'decrypt' | 'random' | 'generateAesKey' | 'findObject' | 'destroyObject';

/** What goes wrong with a call: before the token does it, or after, so that only the answer is lost. */
export interface Fault {
  readonly call: Call;
  readonly when: 'before' | 'after';
  readonly error: Error;
}

/** A token in memory, with real AES-GCM, that fails where a test wants it to. */
export class FakeTokenClient {
  readonly info: TokenInfo;
  /** The token's keys by CKA_ID; they outlive a client as a token's keys do. */
  readonly keys: Map<string, { readonly label: string; readonly secret: Buffer }>;
  /** Every call that reached the token. */
  readonly calls: Call[] = [];
  state: TokenState = 'ready';
  fault: Fault | undefined;

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

  objects(): ReadonlyMap<string, ObjectInfo> {
    return new Map([...this.keys].map(([ckaId, { label }]) => [ckaId, infoOf(label)]));
  }

  findObject(ckaId: string): Promise<ObjectInfo | undefined> {
    return this.#run('findObject', () => {
      const key = this.keys.get(ckaId);
      return key && infoOf(key.label);
    });
  }

  generateAesKey({ ckaId, label }: { ckaId: string; label: string }): Promise<void> {
    return this.#run('generateAesKey', () => {
      this.keys.set(ckaId, { label, secret: randomBytes(32) });
    });
  }

  destroyObject(ckaId: string): Promise<boolean> {
    return this.#run('destroyObject', () => this.keys.delete(ckaId));
  }

  random(length: number): Promise<Buffer> {
    return this.#run('random', () => randomBytes(length));
  }

  encrypt(ckaId: string, { plaintext, aad }: { plaintext: Buffer; aad: Buffer }) {
    return this.#run('encrypt', () => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', this.#secret(ckaId), iv).setAAD(aad);
      const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return { iv, ciphertext, tag: cipher.getAuthTag() };
    });
  }

  decrypt(
    ckaId: string,
    parts: { iv: Buffer; ciphertext: Buffer; tag: Buffer; aad: Buffer },
  ): Promise<Buffer> {
    return this.#run('decrypt', () => {
      const decipher = createDecipheriv('aes-256-gcm', this.#secret(ckaId), parts.iv);
      decipher.setAAD(parts.aad).setAuthTag(parts.tag);
      try {
        return Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]);
      } catch {
        throw TokenError.of('CKR_ENCRYPTED_DATA_INVALID');
      }
    });
  }

  #secret(ckaId: string): Buffer {
    const key = this.keys.get(ckaId);
    if (!key) throw TokenError.of('CKR_KEY_HANDLE_INVALID');
    return key.secret;
  }

  async #run<T>(call: Call, work: () => T): Promise<T> {
    const fault = this.fault?.call === call ? this.fault : undefined;
    if (fault?.when === 'before') throw fault.error;
    this.calls.push(call);
    const answer = work();
    if (fault) throw fault.error;
    return answer;
  }
}

function infoOf(label: string): ObjectInfo {
  return { label } as ObjectInfo;
}
