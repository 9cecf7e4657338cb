import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import {
  expiredToken,
  invalidSignature,
  missingAuthenticationToken,
  signatureMismatch,
  unrecognizedClient,
} from './authentication-error.js';
import { ACCESS_KEY_ID, type Authorization, parseAuthorization } from './authorization-header.js';
import { type AcceptedScope, checkCredentialScope } from './credential-scope.js';
import { isPresigned, parsePresignedQuery } from './presigned-query.js';
import { type ReceivedHeaders, receivedHeaders } from './received-headers.js';
import { parseRequestTime, type RequestTime, skewError } from './request-time.js';
import { checkSignedHeaders, SECURITY_TOKEN } from './signed-headers.js';
import type { SignedRequest } from './signed-request.js';
import { SigningKeyCache } from './signing-key.js';
import { canonicalRequest, stringToSign } from './string-to-sign.js';

/** An access key as the lookup hands it over, its secret opened. `P` is whoever it belongs to. */
export interface AccessKey<P> {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly status: 'Active' | 'Inactive';
  /** Of temporary credentials, in milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly principal: P;
}

export interface SigV4VerifierOptions<P> {
  /** The service name of the credential scope, for example `kms`. */
  readonly service: string;
  /** The Regions that this server answers for. */
  readonly regions: readonly string[];
  /** Other names that a scope may have for one of them, and which: `aws-global`. */
  readonly regionNames?: Readonly<Record<string, string>>;
  /** Whether signatures in the query string are taken. Default: no. */
  readonly presigned?: boolean;
  /**
   * Looks up an access key, by the session token that came with it too: a long-term key with a token
   * and a temporary key without its own are not to be found. Answering without a promise keeps
   * `verify` synchronous.
   */
  findAccessKey(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): Promise<AccessKey<P> | undefined> | AccessKey<P> | undefined;
  /** Hears of every request that was verified. */
  onVerified?(accessKey: AccessKey<P>, region: string, service: string): void;
  /** The time in milliseconds since the epoch. */
  now(): number;
  /** How far the caller's clock may be off, either way, in milliseconds. Default 300,000. */
  readonly maxSkewMs?: number;
}

/** What a verified signature proves. */
export interface Verified<P> {
  readonly principal: P;
  readonly accessKeyId: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined;
  /** The Region that the credential scope means. */
  readonly region: string;
  /** When the caller signed, in milliseconds since the epoch. */
  readonly signedAt: number;
  /** Lower-case names of the headers that the signature covers, in ascending order. */
  readonly signedHeaders: readonly string[];
}

/** A request that is well formed and scoped to this server, but not yet verified. */
interface Attempt extends Signature {
  readonly request: SignedRequest;
  readonly received: ReceivedHeaders;
  readonly signed: RequestTime;
  readonly region: string;
}

/** What a request says of its own signature, in whichever form. */
interface Signature {
  readonly authorization: Authorization;
  readonly sessionToken: string | undefined;
  /** Parameters of the query that are not signed; of several lists one holds. */
  readonly unsignedParameters: readonly (readonly string[])[];
}

const FIVE_MINUTES_MS = 300_000;

/** Of a signature in a header. */
const ALL_SIGNED: readonly (readonly string[])[] = [[]];

/**
 * Stands in for the secret of an access key that is not there, so that refusing it takes the
 * steps that refusing a wrong signature takes. What it signs is refused all the same.
 */
const STAND_IN = { accessKeyId: '', secretAccessKey: 'stand-in for an unknown access key' };

/**
 * Verifies AWS Signature Version 4 in its `Authorization` header form and, where the service takes it,
 * in the query string, for every service but S3: the path is encoded twice and the payload is always
 * signed. Unsigned and streamed payloads and SigV4A are refused. A presigned request is good as long as
 * any other, whatever its `X-Amz-Expires`, as at STS.
 *
 * Checks run in this order, and the first that fails decides the error:
 *
 * 1. an `Authorization` header is there, or a presigned query (MissingAuthenticationTokenException);
 * 2. it and the date are whole and well formed (IncompleteSignatureException);
 * 3. `host` and all `x-amz-` headers but the session token are signed (InvalidSignatureException);
 * 4. the credential scope names this service, one of its Regions and the date of signing
 *    (InvalidSignatureException);
 * 5. the access key is known and active, with its session token if it is a temporary one
 *    (UnrecognizedClientException);
 * 6. the time of signing is within the allowed skew (InvalidSignatureException);
 * 7. `X-Amz-Content-Sha256`, when sent, is the hash of the body (InvalidSignatureException);
 * 8. the signature is right (InvalidSignatureException);
 * 9. temporary credentials have not expired (ExpiredTokenException).
 */
export class SigV4Verifier<P> {
  readonly #options: SigV4VerifierOptions<P>;
  readonly #accepted: AcceptedScope;
  readonly #maxSkewMs: number;
  readonly #signingKeys = new SigningKeyCache();

  constructor(options: SigV4VerifierOptions<P>) {
    this.#options = options;
    const { service, regions, regionNames = {} } = options;
    const own = regions.map((region) => [region, region] as const);
    this.#accepted = { service, regions: new Map([...Object.entries(regionNames), ...own]) };
    this.#maxSkewMs = options.maxSkewMs ?? FIVE_MINUTES_MS;
  }

  /** The Region that a credential scope of this name means; undefined: none of those that are served. */
  regionOf(name: string): string | undefined {
    return this.#accepted.regions.get(name);
  }

  /**
   * Answers at once when `findAccessKey` does, and then also throws at once; else by promise.
   * Awaiting the result covers both. Errors of `findAccessKey` pass through.
   *
   * @throws AuthenticationError
   */
  verify(request: SignedRequest): Promise<Verified<P>> | Verified<P> {
    const attempt = this.#attempt(request);
    const { accessKeyId } = attempt.authorization;
    const found = ACCESS_KEY_ID.test(accessKeyId)
      ? this.#options.findAccessKey(accessKeyId, attempt.sessionToken)
      : undefined;
    return found instanceof Promise
      ? found.then((accessKey) => this.#conclude(attempt, accessKey))
      : this.#conclude(attempt, found);
  }

  /** Everything that can be checked without knowing the access key. */
  #attempt(request: SignedRequest): Attempt {
    const inHeader = Boolean(request.headers.authorization);
    if (!inHeader && !(this.#options.presigned && isPresigned(request.target))) {
      throw missingAuthenticationToken();
    }
    // From here on only what arrived counts: of several Authorization headers, Node's `headers`
    // has the first, while here they are joined and then refused.
    const received = receivedHeaders(request.rawHeaders);
    const claim = inHeader ? claimInHeader(received) : claimInQuery(request.target, received);
    const { authorization, signed } = claim;
    checkSignedHeaders(received, authorization.signedHeaders);
    const region = checkCredentialScope(authorization.scope, this.#accepted, signed);
    return { request, received, region, ...claim };
  }

  #conclude(attempt: Attempt, found: AccessKey<P> | undefined): Verified<P> {
    const { authorization, received, signed } = attempt;
    const accessKey = isUsable(found, attempt) ? found : undefined;
    const skew = skewError(signed, this.#options.now(), this.#maxSkewMs);
    if (skew !== undefined) throw accessKey === undefined ? unrecognizedClient() : skew;

    const payloadHash = hash('sha256', attempt.request.body, 'hex');
    const matches = this.#signatureMatches(attempt, accessKey ?? STAND_IN, payloadHash);
    if (accessKey === undefined) throw unrecognizedClient();
    if ((received.get('x-amz-content-sha256') ?? payloadHash) !== payloadHash) {
      throw invalidSignature(
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    if (!matches) throw signatureMismatch();
    if ((accessKey.expiresAt ?? Number.POSITIVE_INFINITY) <= this.#options.now()) {
      throw expiredToken();
    }
    const { region } = attempt;
    this.#options.onVerified?.(accessKey, region, authorization.scope.service);
    return {
      principal: accessKey.principal,
      accessKeyId: accessKey.accessKeyId,
      sessionToken: attempt.sessionToken,
      region,
      signedAt: signed.epochMs,
      signedHeaders: authorization.signedHeaders,
    };
  }

  #signatureMatches(
    { request, received, authorization, signed, unsignedParameters }: Attempt,
    { accessKeyId, secretAccessKey }: Pick<AccessKey<P>, 'accessKeyId' | 'secretAccessKey'>,
    payloadHash: string,
  ): boolean {
    const { scope, signature, signedHeaders } = authorization;
    const { method, target } = request;
    const signingKey = this.#signingKeys.get({ accessKeyId, ...scope }, secretAccessKey);
    const matches = unsignedParameters.map((unsigned) => {
      const canonical = canonicalRequest(
        { method, target, received, payloadHash, unsignedParameters: unsigned },
        signedHeaders,
      );
      if (canonical === undefined) return false;
      const expected = createHmac('sha256', signingKey)
        .update(stringToSign(canonical, signed, scope))
        .digest('hex');
      return equalInConstantTime(Buffer.from(signature), Buffer.from(expected));
    });
    return matches.includes(true);
  }
}

/** @throws AuthenticationError IncompleteSignatureException */
function claimInHeader(received: ReceivedHeaders): Signature & Pick<Attempt, 'signed'> {
  const xAmzDate = received.get('x-amz-date');
  const date = xAmzDate ?? received.get('date');
  const authorization = parseAuthorization(received.get('authorization') ?? '', date !== undefined);
  return {
    authorization,
    signed: parseRequestTime(xAmzDate, date ?? ''),
    sessionToken: received.get(SECURITY_TOKEN),
    unsignedParameters: ALL_SIGNED,
  };
}

/** @throws AuthenticationError IncompleteSignatureException */
function claimInQuery(
  target: string,
  received: ReceivedHeaders,
): Signature & Pick<Attempt, 'signed'> {
  const query = parsePresignedQuery(target);
  return {
    authorization: query.authorization,
    signed: parseRequestTime(query.date, ''),
    sessionToken: query.sessionToken ?? received.get(SECURITY_TOKEN),
    unsignedParameters: query.unsignedParameters,
  };
}

/** An inactive key is as good as unknown. */
function isUsable<P>(
  found: AccessKey<P> | undefined,
  { authorization }: Attempt,
): found is AccessKey<P> {
  return (
    found !== undefined &&
    found.status === 'Active' &&
    found.accessKeyId === authorization.accessKeyId
  );
}

function equalInConstantTime(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
