/** Signs a request of a command: AWS Signature Version 4 in headers. */
import { createHmac, hash } from 'node:crypto';
import { canonicalTarget } from '../../sigv4/canonical-target.js';
import { deriveSigningKey } from '../../sigv4/signing-key.js';

export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly region: string;
  /** As in credential scopes. */
  readonly service: string;
  /** Lower-case names that begin with `x-amz-`: these must be signed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The headers to send. Source: IAM User Guide, "Create a signed AWS API request". */
export function signedHeaders(
  { method, url, body, region, service, headers }: Unsigned,
  { accessKeyId, secretAccessKey, sessionToken }: Signer,
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const date = time.slice(0, 8);
  const payloadHash = hash('sha256', body, 'hex');
  const all = {
    ...headers,
    host: url.host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const sorted = Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = sorted.map(([name]) => name).join(';');
  const target = canonicalTarget(`${url.pathname}${url.search}`);
  const lines = sorted.map(([name, value]) => `${name}:${value}\n`);
  const canonical = `${method}\n${target?.path}\n${target?.query}\n${lines.join('')}\n${names}\n${payloadHash}`;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
  const key = deriveSigningKey(secretAccessKey, date, region, service);
  const signature = createHmac('sha256', key).update(text).digest('hex');
  key.fill(0);
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...all, authorization };
}
