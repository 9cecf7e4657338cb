/**
 * Verifies the tokens of OpenID Connect providers. Source: OpenID Connect Core 1.0, 3.1.3.7; OpenID
 * Connect Discovery 1.0, 4; STS API Reference, AssumeRoleWithWebIdentity.
 */

import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { ServiceError } from '../../../kernel/service-error.js';
import type { OidcProvider } from '../directory/entities.js';
import { iamError } from '../errors.js';
import { fetchJson } from './fetch-json.js';

/** Public-key algorithms only: with a MAC's the issuer's public key would be a secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];
const CLOCK_TOLERANCE_S = 60;
const MAX_ISSUERS = 1000;
const KEYS_FRESH_MS = 10 * 60 * 1000;
/** An unknown key id makes the keys be read again, but no more often than this. */
const COOL_DOWN_MS = 30_000;

export interface WebIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly payload: JWTPayload;
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

export class OidcTokens {
  readonly #now: () => number;
  readonly #keys = new LRUCache<string, { readonly keys: KeySet; readonly readAt: number }>({
    max: MAX_ISSUERS,
  });

  constructor({ now }: { now: () => number }) {
    this.#now = now;
  }

  /** The issuer that a token claims, unverified. @throws ServiceError InvalidIdentityToken */
  claimedIssuer(token: string): string {
    try {
      const { iss } = decodeJwt(token);
      if (typeof iss === 'string' && iss.startsWith('https://')) return iss;
    } catch (error) {
      if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
    }
    throw invalid(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }

  /**
   * Who the token says is calling, once its signature, issuer, audience and times are right.
   * @throws ServiceError InvalidIdentityToken, ExpiredTokenException, IDPCommunicationError
   */
  async verify(provider: OidcProvider, token: string): Promise<WebIdentity> {
    const issuer = this.claimedIssuer(token);
    if (providerName(issuer) !== provider.name) throw invalid('Invalid issuer');
    const options = {
      algorithms: ALGORITHMS,
      issuer,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(this.#now()),
      requiredClaims: ['sub', 'aud', 'exp', 'iat'],
    };
    try {
      const payload = await this.#verified(provider, issuer, token, options);
      return { issuer, payload, ...audienceOf(payload, provider), subject: String(payload.sub) };
    } catch (error) {
      throw refusal(error, this.#now());
    }
  }

  async #verified(
    provider: OidcProvider,
    issuer: string,
    token: string,
    options: Parameters<typeof jwtVerify>[2],
  ): Promise<JWTPayload> {
    const known = this.#keys.get(provider.uniqueId);
    const age = known ? this.#now() - known.readAt : Number.POSITIVE_INFINITY;
    if (known && age < KEYS_FRESH_MS) {
      try {
        return (await jwtVerify(token, known.keys, options)).payload;
      } catch (error) {
        const rotated = error instanceof errors.JWKSNoMatchingKey;
        if (!rotated || age < COOL_DOWN_MS) throw error;
      }
    }
    const keys = await this.#readKeys(provider, issuer);
    return (await jwtVerify(token, keys, options)).payload;
  }

  async #readKeys({ uniqueId, thumbprints }: OidcProvider, issuer: string): Promise<KeySet> {
    const base = issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
    const discovery = await fetchJson(`${base}/.well-known/openid-configuration`, thumbprints);
    const { issuer: named, jwks_uri: uri } = discovery as Record<string, unknown>;
    if (named !== issuer || typeof uri !== 'string' || !uri.startsWith('https://')) {
      throw invalid(
        "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
      );
    }
    const keys = createLocalJWKSet((await fetchJson(uri, thumbprints)) as never);
    this.#keys.set(uniqueId, { keys, readAt: this.#now() });
    return keys;
  }
}

/** A provider's name, by which it is found: its URL without scheme and last slash. */
export function providerName(issuer: string): string {
  const name = issuer.slice('https://'.length);
  return name.endsWith('/') ? name.slice(0, -1) : name;
}

/** OpenID Connect Core, 3.1.3.7: with `azp` that one is the audience. */
function audienceOf(payload: JWTPayload, { clientIds }: OidcProvider): { audience: string } {
  const audiences = typeof payload.azp === 'string' ? [payload.azp] : [payload.aud ?? []].flat();
  const audience = audiences.find((each) => clientIds.includes(each));
  if (audience === undefined) throw invalid('Incorrect token audience');
  return { audience };
}

function refusal(error: unknown, now: number): unknown {
  if (error instanceof errors.JWTExpired) {
    const current = Math.floor(now / 1000);
    return iamError(
      'ExpiredTokenException',
      `Token expired: current date/time ${current} must be before the expiration date/time ${error.payload.exp}`,
    );
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) {
    return invalid('The web identity token that was passed could not be validated.');
  }
  return error;
}

function invalid(message: string): ServiceError {
  return iamError('InvalidIdentityToken', message);
}
