import { randomBytes } from 'node:crypto';
import type { Deadline } from '../../kernel/time.js';
import type { Token } from '../../token-host/client/token.js';
import {
  createProbeKey,
  generateProbeKey,
  type TriedKey,
} from '../../token-host/client/tried-key.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import { isInterrupted } from '../../token-host/protocol/token-outcome.js';
import type { TokenObjectRepository } from './token-object-repository.js';

const CKA_ID_BYTES = 16;
/** How often a token that fails in the middle is asked for one key, within the deadline. */
const MOST_ATTEMPTS = 3;
/** Time for a key's destruction; beyond it that is the reconciler's. */
const DESTROY_TIMEOUT_MS = 10_000;

/** Whose a probe's key is, where a key of KMS names its own. */
const NOBODY = { accountId: '-', region: '-', keyId: 'probe' } as const;

export interface ProbeKeysOptions {
  readonly tokenId: string;
  readonly client: Token;
  readonly objects: Pick<TokenObjectRepository, 'intend' | 'discard' | 'forget'>;
  readonly reconciler: { wake(): void };
  readonly now: () => number;
  /** Default: 16 random octets, in hexadecimal. */
  readonly newCkaId?: () => string;
}

/**
 * Keys that exist as long as a probe takes: token objects like any other, under CKA_IDs of their own,
 * so that several servers can probe one token. The intent is in the database before the object is in the
 * token: what a crash leaves is destroyed by the reconciler.
 */
export class ProbeKeys {
  readonly #options: ProbeKeysOptions;

  constructor(options: ProbeKeysOptions) {
    this.#options = options;
  }

  /**
   * @param work what is done with the key, which is destroyed afterwards
   * @throws TokenError or TokenHostError when the token makes no such key, and whatever `work` throws
   */
  async use<Result>(
    order: KeyOrder,
    deadline: Deadline,
    work: (key: TriedKey) => Promise<Result>,
  ): Promise<Result> {
    const { client } = this.#options;
    if (order.keyType === 'aes' || order.keyType === 'hmac') {
      // Its value is known: what it answers can be held against another implementation's answer.
      const known = await this.#withObject(deadline, async (ckaId) => {
        const key = await createProbeKey(client, ckaId, order, deadline);
        return key && { result: await work(key) };
      });
      if (known) return known.result;
    }
    return this.#withObject(deadline, async (ckaId) =>
      work(await generateProbeKey(client, ckaId, order, deadline)),
    );
  }

  async #withObject<Result>(
    deadline: Deadline,
    work: (ckaId: string) => Promise<Result>,
  ): Promise<Result> {
    const { tokenId, objects, now, newCkaId = randomCkaId } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const ckaId = newCkaId();
      await objects.intend({ ...NOBODY, ckaId, tokenId });
      try {
        return await work(ckaId);
      } catch (error) {
        const late = deadline <= now();
        if (late || attempt === MOST_ATTEMPTS || !isInterrupted(error)) throw error;
      } finally {
        await this.#remove(ckaId);
      }
    }
  }

  async #remove(ckaId: string): Promise<void> {
    const { client, objects, reconciler, now } = this.#options;
    try {
      await client.call('destroyObject', ckaId, undefined, now() + DESTROY_TIMEOUT_MS);
      await objects.forget(ckaId);
    } catch {
      // The token is away or refuses: the reconciler tries until it is done, and says so in the log.
      await objects.discard(ckaId);
      reconciler.wake();
    }
  }
}

function randomCkaId(): string {
  return randomBytes(CKA_ID_BYTES).toString('hex');
}
