import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SignedRequest } from '../../src/sigv4/signed-request.js';
import { type AccessKey, SigV4Verifier } from '../../src/sigv4/verifier.js';

export const ACCESS_KEY_ID = 'AKIAIOSFODNN7EXAMPLE';
export const SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const SESSION_TOKEN = 'token+of/the=session';
export const SIGNED_AT = Date.UTC(2024, 1, 29, 12, 34, 56);

/** What AWS's signer is to sign. Everything has a default. */
export interface ToSign {
  method?: string;
  /** Percent-encoded, as it goes on the wire. */
  path?: string;
  /** Names and values not encoded. */
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: Uint8Array;
  region?: string;
  service?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  signedAt?: number;
  /** Whether the signer adds `x-amz-content-sha256`. */
  applyChecksum?: boolean;
}

export const LIST_KEYS: ToSign = {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'TrentService.ListKeys',
  },
  body: Buffer.from('{"Limit":10}'),
};

/** Signs with AWS's own signer and gives the request as Node's HTTP server would hand it over. */
export async function signedByAws(toSign: ToSign = LIST_KEYS): Promise<SignedRequest> {
  const { accessKeyId = ACCESS_KEY_ID, secretAccessKey = SECRET_ACCESS_KEY, path = '/' } = toSign;
  const signer = new SignatureV4({
    service: toSign.service ?? 'kms',
    region: toSign.region ?? 'us-east-1',
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(toSign.sessionToken === undefined ? {} : { sessionToken: toSign.sessionToken }),
    },
    sha256: Sha256,
    applyChecksum: toSign.applyChecksum ?? false,
  });
  const method = toSign.method ?? 'POST';
  const body = Buffer.from(toSign.body ?? []);
  const { headers } = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      query: toSign.query ?? {},
      headers: { host: '127.0.0.1:8080', ...toSign.headers },
      body,
    },
    { signingDate: new Date(toSign.signedAt ?? SIGNED_AT) },
  );
  const query = wireQuery(toSign.query ?? {});
  return {
    method,
    target: query === '' ? path : `${path}?${query}`,
    ...headersAsNodeHasThem(Object.entries(headers)),
    body,
  };
}

/** Presigns with AWS's own signer: the signature, and headers of its own, stand in the query. */
export async function presignedByAws(
  toSign: ToSign & { expiresIn?: number },
): Promise<SignedRequest> {
  const { accessKeyId = ACCESS_KEY_ID, secretAccessKey = SECRET_ACCESS_KEY, path = '/' } = toSign;
  const { sessionToken } = toSign;
  const signer = new SignatureV4({
    service: toSign.service ?? 'sts',
    region: toSign.region ?? 'us-east-1',
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    sha256: Sha256,
  });
  const method = toSign.method ?? 'GET';
  const body = Buffer.from(toSign.body ?? []);
  const { headers, query } = await signer.presign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      query: toSign.query ?? {},
      headers: { host: '127.0.0.1:8080', ...toSign.headers },
      body,
    },
    {
      signingDate: new Date(toSign.signedAt ?? SIGNED_AT),
      expiresIn: toSign.expiresIn ?? 60,
    },
  );
  return {
    method,
    target: `${path}?${wireQuery(query as Record<string, string | string[]>)}`,
    ...headersAsNodeHasThem(Object.entries(headers)),
    body,
  };
}

/** Both forms of the headers, from name and value pairs in order of arrival. */
export function headersAsNodeHasThem(
  pairs: readonly (readonly [string, string])[],
): Pick<SignedRequest, 'headers' | 'rawHeaders'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const earlier = headers[key];
    if (earlier === undefined) headers[key] = value;
    else if (key !== 'authorization') headers[key] = `${earlier}, ${value}`;
  }
  return { headers, rawHeaders: pairs.flat() };
}

/** The header pairs of a request, to change and hand back to `headersAsNodeHasThem`. */
export function headerPairs(request: SignedRequest): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    pairs.push([request.rawHeaders[at] ?? '', request.rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}

/** The same request with a header set to another value, or without it. */
export function withHeader(
  request: SignedRequest,
  name: string,
  change: string | undefined | ((value: string) => string),
): SignedRequest {
  const pairs = headerPairs(request);
  const old = pairs.find(([key]) => key === name)?.[1];
  const value = typeof change === 'function' ? change(old ?? '') : change;
  const others = pairs.filter(([key]) => key !== name);
  return {
    ...request,
    ...headersAsNodeHasThem(value === undefined ? others : [...others, [name, value]]),
  };
}

export interface VerifierSettings {
  service?: string;
  regions?: string[];
  regionNames?: Record<string, string>;
  presigned?: boolean;
  maxSkewMs?: number;
  accessKeys?: AccessKey<string>[];
  now?: number;
}

export const ALICE: AccessKey<string> = {
  accessKeyId: ACCESS_KEY_ID,
  secretAccessKey: SECRET_ACCESS_KEY,
  status: 'Active',
  principal: 'alice',
};

/** A verifier that knows one active key and whose clock stands still. */
export function verifierFor(settings: VerifierSettings = {}): SigV4Verifier<string> {
  const { accessKeys = [ALICE], now = SIGNED_AT } = settings;
  return new SigV4Verifier({
    service: settings.service ?? 'kms',
    regions: settings.regions ?? ['us-east-1', 'eu-west-1'],
    ...(settings.regionNames && { regionNames: settings.regionNames }),
    ...(settings.presigned && { presigned: true }),
    ...(settings.maxSkewMs && { maxSkewMs: settings.maxSkewMs }),
    // Long-term keys come without a session token; what has an end comes with this one.
    findAccessKey: (id, token) =>
      accessKeys.find(
        (key) =>
          key.accessKeyId === id &&
          token === (key.expiresAt === undefined ? undefined : SESSION_TOKEN),
      ),
    now: () => now,
  });
}

/** What verifying throws. */
export function refusalOf(verifier: SigV4Verifier<string>, request: SignedRequest): unknown {
  try {
    const verified = verifier.verify(request);
    return new Error(`not refused: ${JSON.stringify(verified)}`);
  } catch (error) {
    return error;
  }
}

function wireQuery(query: Record<string, string | string[]>): string {
  return Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => `${strict(name)}=${strict(value)}`))
    .join('&');
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
