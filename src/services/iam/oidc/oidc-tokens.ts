/**
 * Verifies the tokens of OpenID Connect providers. Source: OpenID Connect Core 1.0, 3.1.3.7; OpenID
 * Connect Discovery 1.0, 4; STS API Reference, AssumeRoleWithWebIdentity.
 */

import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { ServiceError } from '../../../kernel/service-error.js';
import type { OidcProvider } from '../directory/entities.js';
import { iamError } from '../errors.js';
import { IssuerUnreachable } from './fetch-json.js';
import { IssuerKeys, type IssuerKeysOptions } from './issuer-keys.js';

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

export interface WebIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly payload: JWTPayload;
}

export class OidcTokens {
  readonly #keys: IssuerKeys;
  readonly #now: () => number;

  constructor(options: IssuerKeysOptions) {
    this.#keys = new IssuerKeys(options);
    this.#now = options.now;
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
      return { issuer, payload, subject: subjectOf(payload), ...audienceOf(payload, provider) };
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
    try {
      const keys = await this.#keys.of(provider, issuer);
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      // The issuer may have another key by now, under the same id even.
      const keys = isOfAnotherKey(error) ? await this.#keys.again(provider, issuer) : undefined;
      if (!keys) throw error;
      return (await jwtVerify(token, keys, options)).payload;
    }
  }
}

function isOfAnotherKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWSSignatureVerificationFailed
  );
}

/** A provider's name, by which it is found: its URL without scheme and last slash. */
export function providerName(issuer: string): string {
  const name = issuer.slice('https://'.length);
  return name.endsWith('/') ? name.slice(0, -1) : name;
}

/** OpenID Connect Core, 2: what isn't a string is nobody. @throws ServiceError InvalidIdentityToken */
function subjectOf({ sub }: JWTPayload): string {
  if (typeof sub === 'string' && sub !== '') return sub;
  throw invalid(NOT_VALID);
}

/** OpenID Connect Core, 3.1.3.7: with `azp` that one is the audience. */
function audienceOf(payload: JWTPayload, { clientIds }: OidcProvider): { audience: string } {
  const audiences: unknown[] = [payload.azp ?? payload.aud ?? []].flat();
  if (!audiences.every((each) => typeof each === 'string')) throw invalid(NOT_VALID);
  const audience = audiences.find((each) => clientIds.includes(each));
  if (audience === undefined) throw invalid('Incorrect token audience');
  return { audience };
}

const NOT_VALID = 'The web identity token that was passed could not be validated.';

function refusal(error: unknown, now: number): unknown {
  if (error instanceof errors.JWTExpired) {
    const current = Math.floor(now / 1000);
    return iamError(
      'ExpiredTokenException',
      `Token expired: current date/time ${current} must be before the expiration date/time ${error.payload.exp}`,
    );
  }
  // Whatever stands behind it: callers learn nothing of the network that the server is in.
  if (error instanceof IssuerUnreachable) {
    return iamError('IDPCommunicationError', 'Error communicating with the identity provider.');
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) return invalid(NOT_VALID);
  return error;
}

function invalid(message: string): ServiceError {
  return iamError('InvalidIdentityToken', message);
}
