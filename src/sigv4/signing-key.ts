import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** What a signing key is good for, besides the secret it comes from. */
export interface SigningScope {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

interface CachedSigningKey {
  readonly secretAccessKey: string;
  readonly signingKey: Buffer;
}

const MAX_SIGNING_KEYS = 4096;

/**
 * Derives the 32-byte signing key (IAM User Guide, "Create a signed AWS API request", step 4).
 */
export function deriveSigningKey(
  secretAccessKey: string,
  date: string,
  region: string,
  service: string,
): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`, 'utf8');
  for (const part of [date, region, service, 'aws4_request']) {
    const next = createHmac('sha256', key).update(part).digest();
    key.fill(0);
    key = next;
  }
  return key;
}

/**
 * Remembers signing keys. A key is found again only with the very secret it was derived from, so
 * a rotated secret replaces the old entry and never meets it. Keys that leave are overwritten.
 */
export class SigningKeyCache {
  readonly #keys: LRUCache<string, CachedSigningKey>;

  /** @param max how many keys are kept; the least recently used goes first */
  constructor(max: number = MAX_SIGNING_KEYS) {
    this.#keys = new LRUCache({ max, dispose: ({ signingKey }) => signingKey.fill(0) });
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The signing key, to be used before the next call of `get`. */
  get(scope: SigningScope, secretAccessKey: string): Buffer {
    const name = `${scope.accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
    const cached = this.#keys.get(name);
    if (cached !== undefined && cached.secretAccessKey === secretAccessKey) {
      return cached.signingKey;
    }
    const signingKey = deriveSigningKey(secretAccessKey, scope.date, scope.region, scope.service);
    this.#keys.set(name, { secretAccessKey, signingKey });
    return signingKey;
  }
}
