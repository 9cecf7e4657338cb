/** What an issuer tells everybody. Source: OpenID Connect Discovery 1.0, 3; RFC 7517, 5. */
import type { CalendarClock } from '../../../kernel/time.js';
import { type Issuer, KEYS_FRESH_SECONDS, keyIdOf, liveKeys, TOKEN_ALGORITHMS } from './issuer.js';
import type { Issuers } from './issuers.js';

export interface DiscoveryOptions {
  readonly issuers: Issuers;
  readonly calendar: CalendarClock;
  /** The server as clients know it. */
  readonly publicUrl: () => string;
  /** Makes sure that memory is as new as it is promised to be. */
  readonly memory: { require(): void | Promise<void> };
}

/** A document, and for how many seconds it may be kept. */
export interface Published {
  readonly document: object;
  readonly freshSeconds: number;
}

export class Discovery {
  readonly #options: DiscoveryOptions;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** An issuer's URL. */
  urlOf({ issuerId }: Pick<Issuer, 'issuerId'>): string {
    return `${this.#options.publicUrl()}/${issuerId}`;
  }

  /** Undefined: no account that issues tokens is called so. @throws CommonError ServiceUnavailableException */
  async configuration(issuerId: string): Promise<Published | undefined> {
    const issuer = await this.#enabled(issuerId);
    if (!issuer) return undefined;
    const url = this.urlOf(issuer);
    const document = {
      issuer: url,
      jwks_uri: `${url}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: Object.keys(TOKEN_ALGORITHMS),
      claims_supported: ['iss', 'sub', 'aud', 'iat', 'exp', 'jti', 'https://sts.amazonaws.com/'],
    };
    return { document, freshSeconds: KEYS_FRESH_SECONDS };
  }

  /** As `configuration`. */
  async keys(issuerId: string): Promise<Published | undefined> {
    const issuer = await this.#enabled(issuerId);
    if (!issuer) return undefined;
    const live = liveKeys(issuer, this.#options.calendar());
    const keys = live.map(({ jwk, ...key }) => ({
      alg: key.algorithm,
      kid: keyIdOf(key),
      use: 'sig',
      ...jwk,
    }));
    // A first key signs as soon as it is there: who kept a set without it would refuse its tokens.
    const algorithms = new Set(live.map(({ algorithm }) => algorithm));
    const isWhole = algorithms.size === Object.keys(TOKEN_ALGORITHMS).length;
    return { document: { keys }, freshSeconds: isWhole ? KEYS_FRESH_SECONDS : 0 };
  }

  async #enabled(issuerId: string): Promise<Issuer | undefined> {
    const { memory, issuers } = this.#options;
    await memory.require();
    const issuer = await issuers.named(issuerId);
    return issuer?.enabled ? issuer : undefined;
  }
}
