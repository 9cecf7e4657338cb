/** The keys with which identity providers sign: read when they are needed, and no more often than that. */
import { createLocalJWKSet } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Log } from '../../../observe/log.js';
import type { OidcProvider } from '../directory/entities.js';
import { fetchJson, IssuerUnreachable } from './fetch-json.js';
import type { IssuerAddresses } from './issuer-address.js';

const MAX_ISSUERS = 1000;
const KEYS_FRESH_MS = 10 * 60 * 1000;
/** What was read, or couldn't be, is not asked for again within this time. */
const COOL_DOWN_MS = 30_000;
/** Calls that wait for issuers: of all accounts, and of one. */
const MAX_WAITING = 200;
const MAX_WAITING_OF_ACCOUNT = 50;

export type KeySet = ReturnType<typeof createLocalJWKSet>;

export interface IssuerKeysOptions {
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly addresses: IssuerAddresses;
  /** By the issuer's host: where its keys are, if elsewhere. */
  readonly keyHosts: Readonly<Record<string, string>>;
}

interface Read {
  /** When they were asked for last, in vain or not. */
  readonly askedAt: number;
  /** What was read last, and when; none: they couldn't be had yet. */
  readonly keys?: KeySet | undefined;
  readonly readAt?: number | undefined;
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #read = new LRUCache<string, Read>({ max: MAX_ISSUERS });
  readonly #reading = new Map<string, Promise<KeySet>>();
  readonly #waiting = new Map<string, number>();
  #allWaiting = 0;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /**
   * The provider's keys as they were read last, or now.
   * @throws IssuerUnreachable
   */
  async of(provider: OidcProvider, issuer: string): Promise<KeySet> {
    const { keys, readAt = Number.NEGATIVE_INFINITY } = this.#read.get(identityOf(provider)) ?? {};
    if (keys && this.#options.now() - readAt < KEYS_FRESH_MS) return keys;
    if (this.#wasAsked(provider)) {
      throw new IssuerUnreachable('it could not be asked a moment ago');
    }
    return this.#readOnce(provider, issuer);
  }

  /**
   * The provider's keys, read again, since a token doesn't fit them.
   * @returns undefined: they were read a moment ago
   * @throws IssuerUnreachable
   */
  async again(provider: OidcProvider, issuer: string): Promise<KeySet | undefined> {
    return this.#wasAsked(provider) ? undefined : this.#readOnce(provider, issuer);
  }

  #wasAsked(provider: OidcProvider): boolean {
    const known = this.#read.get(identityOf(provider));
    return known !== undefined && this.#options.now() - known.askedAt < COOL_DOWN_MS;
  }

  /** One reading at a time for a provider, and a bound on how many calls wait for one. */
  async #readOnce(provider: OidcProvider, issuer: string): Promise<KeySet> {
    const { accountId } = provider;
    const ofAccount = this.#waiting.get(accountId) ?? 0;
    if (this.#allWaiting >= MAX_WAITING || ofAccount >= MAX_WAITING_OF_ACCOUNT) {
      throw new IssuerUnreachable('too many calls wait for identity providers');
    }
    this.#waiting.set(accountId, ofAccount + 1);
    this.#allWaiting += 1;
    const identity = identityOf(provider);
    const reading = this.#reading.get(identity) ?? this.#begin(identity, provider, issuer);
    try {
      return await reading;
    } finally {
      this.#allWaiting -= 1;
      const left = (this.#waiting.get(accountId) ?? 1) - 1;
      if (left === 0) this.#waiting.delete(accountId);
      else this.#waiting.set(accountId, left);
    }
  }

  #begin(identity: string, provider: OidcProvider, issuer: string): Promise<KeySet> {
    const { now, log } = this.#options;
    const reading = this.#fetch(provider, issuer)
      .then(
        (keys) => {
          this.#read.set(identity, { keys, readAt: now(), askedAt: now() });
          return keys;
        },
        (error: unknown) => {
          // Keys that were read before stay: anybody's token can make them be asked for again.
          this.#read.set(identity, { ...this.#read.get(identity), askedAt: now() });
          const reason = error instanceof Error ? error.message : String(error);
          log.warn({ issuer, reason }, 'an identity provider could not be asked for its keys');
          throw error instanceof IssuerUnreachable ? error : new IssuerUnreachable(reason);
        },
      )
      .finally(() => this.#reading.delete(identity));
    this.#reading.set(identity, reading);
    return reading;
  }

  /** Source: OpenID Connect Discovery 1.0, 4.3: the configuration's issuer is the one that was asked. */
  async #fetch({ thumbprints }: OidcProvider, issuer: string): Promise<KeySet> {
    const { addresses, keyHosts } = this.#options;
    const base = issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
    const url = new URL(`${base}/.well-known/openid-configuration`);
    const { issuer: named, jwks_uri: uri } = await fetchJson(url, thumbprints, addresses);
    if (named !== issuer) throw new IssuerUnreachable(`${url.host}: it calls itself ${named}`);
    const keysUrl = typeof uri === 'string' && URL.canParse(uri) ? new URL(uri) : undefined;
    const host = keyHosts[url.host] ?? url.host;
    if (keysUrl?.protocol !== 'https:' || keysUrl.host !== host) {
      throw new IssuerUnreachable(`${url.host}: its keys are not at https://${host}`);
    }
    return createLocalJWKSet((await fetchJson(keysUrl, thumbprints, addresses)) as never);
  }
}

/** A provider that was made anew, or trusts other certificates, is another one. */
function identityOf({ uniqueId, createdAt, thumbprints }: OidcProvider): string {
  return [uniqueId, createdAt.getTime(), ...thumbprints].join(' ');
}
