/** Signs web identity tokens with the account's KMS keys, which it makes, publishes and replaces. */
import { createHash, createPublicKey } from 'node:crypto';
import { readDer } from '../../../crypto/der.js';
import type { PublicJwk } from '../../../crypto/public-jwk.js';
import { CommonError } from '../../../kernel/common-errors.js';
import type { Scope } from '../../../kernel/scope.js';
import { ServiceError } from '../../../kernel/service-error.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import type { WebIdentityKey, WebIdentityKeys } from '../../kms/port.js';
import { iamError } from '../errors.js';
import {
  aliasOf,
  type Issuer,
  keyIdOf,
  keysOf,
  type SigningKey,
  signingKey,
  TOKEN_ALGORITHMS,
  type TokenAlgorithmName,
} from './issuer.js';
import type { Issuers } from './issuers.js';

const P384_OCTETS = 48;

export interface TokenSignerOptions {
  readonly issuers: Issuers;
  readonly keys: WebIdentityKeys;
  /** After so long a key gets a successor, in milliseconds. */
  readonly periodMs: number;
  readonly partition: string;
  readonly calendar: CalendarClock;
}

export class TokenSigner {
  readonly #options: TokenSignerOptions;
  /** Keys that are being made, by account and alias: calls that come meanwhile wait for the same one. */
  readonly #making = new Map<string, Promise<Issuer>>();

  constructor(options: TokenSignerOptions) {
    this.#options = options;
  }

  /**
   * A payload as a signed token (RFC 7515, compact).
   * @param payload JSON
   * @throws ServiceError ServiceUnavailable while the key can't be used
   */
  async sign(
    issuer: Issuer,
    algorithm: TokenAlgorithmName,
    payload: string,
    deadline: Deadline,
  ): Promise<string> {
    const { alias: _, ...used } = TOKEN_ALGORITHMS[algorithm];
    try {
      const key = await this.#keyFor(issuer, algorithm, deadline);
      const header = { kid: keyIdOf(key), typ: 'JWT', alg: algorithm };
      const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`;
      const digest = createHash(used.digest).update(input).digest();
      const signature = await this.#options.keys.sign(
        this.#named(issuer, key, deadline),
        used.signing,
        digest,
      );
      const octets = algorithm === 'ES384' ? concatenated(signature) : signature;
      return `${input}.${octets.toString('base64url')}`;
    } catch (error) {
      throw worded(error);
    }
  }

  async #keyFor(
    issuer: Issuer,
    algorithm: TokenAlgorithmName,
    deadline: Deadline,
  ): Promise<SigningKey> {
    const { calendar, periodMs } = this.#options;
    const newest = keysOf(issuer, algorithm).at(-1);
    const isDue = !newest || calendar() - newest.publishedAt >= periodMs;
    const next = { algorithm, ordinal: (newest?.ordinal ?? -1) + 1 };
    const current = isDue ? await this.#makeOnce(issuer, next, deadline) : issuer;
    const key = signingKey(current, algorithm, calendar());
    if (!key) throw new Error('a key that was published is not there');
    return key;
  }

  #makeOnce(
    issuer: Issuer,
    next: Pick<SigningKey, 'algorithm' | 'ordinal'>,
    deadline: Deadline,
  ): Promise<Issuer> {
    const place = `${issuer.accountId}/${aliasOf(next)}`;
    const making =
      this.#making.get(place) ??
      this.#make(issuer, next, deadline).finally(() => this.#making.delete(place));
    this.#making.set(place, making);
    return making;
  }

  /** Of servers that come to it together each gets the same key of KMS, and one publishes it. */
  async #make(
    issuer: Issuer,
    next: Pick<SigningKey, 'algorithm' | 'ordinal'>,
    deadline: Deadline,
  ): Promise<Issuer> {
    const { issuers, keys, calendar } = this.#options;
    const { accountId } = issuer;
    const spki = await keys.publicKey(this.#named(issuer, next, deadline));
    const jwk = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({
      format: 'jwk',
    }) as PublicJwk;
    const published = await issuers.publish(accountId, { ...next, jwk }, calendar());
    if (!published) throw new Error('an issuer is never removed');
    return published;
  }

  #named(
    { accountId, region }: Issuer,
    key: Pick<SigningKey, 'algorithm' | 'ordinal'>,
    deadline: Deadline,
  ): WebIdentityKey {
    const scope: Scope = { partition: this.#options.partition, region, accountId };
    return { alias: aliasOf(key), scope, deadline };
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** DER's two numbers as RFC 7518, 3.4 wants them: each in as many octets as the curve's order has. */
function concatenated(signature: Buffer): Buffer {
  const numbers = readDer(readDer(signature)[0]?.contents ?? Buffer.alloc(0));
  const octets = numbers.map(({ contents }) => {
    const digits = contents[0] === 0 ? contents.subarray(1) : contents;
    return Buffer.concat([Buffer.alloc(P384_OCTETS - digits.length), digits]);
  });
  return Buffer.concat(octets);
}

/** KMS's words would be about a key that the caller doesn't know. */
function worded(error: unknown): unknown {
  if (!(error instanceof ServiceError) || error instanceof CommonError) return error;
  const message = 'The key that signs web identity tokens cannot be used now.';
  return iamError('ServiceUnavailable', message, { cause: error });
}
