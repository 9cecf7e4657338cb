/** A call of a running server's REST face, signed: for commands. */
import { createHmac, hash } from 'node:crypto';
import type { Config } from '../config/config.js';
import { StartError, UnreachableError } from '../kernel/start-error.js';
import { credentialsFile } from '../services/iam/credentials/first-credentials.js';
import { readSharedCredentials } from '../services/iam/credentials/shared-credentials.js';
import { canonicalTarget } from '../sigv4/canonical-target.js';
import { deriveSigningKey } from '../sigv4/signing-key.js';

export interface RestCall {
  /** Where the server is; by the configuration's host and port when absent. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly method: 'POST';
  /** Percent-encoded, with `/v1`. */
  readonly path: string;
  readonly body: object;
}

export interface RestAnswer {
  /** 200 to 299. */
  readonly ok: boolean;
  readonly answer: Record<string, unknown>;
}

interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Longer than a server that was left at its settings takes for an answer. */
const PATIENCE_MS = 120_000;

/**
 * Signs with the credentials of the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN), or else with those that the server wrote into its data directory.
 * @throws StartError without credentials or for a bad endpoint; UnreachableError when nothing answers
 */
export async function callRest(config: Config, call: RestCall): Promise<RestAnswer> {
  const endpoint = endpointOf(config, call.endpoint);
  const url = new URL(call.path, endpoint);
  const body = JSON.stringify(call.body);
  const region = call.region ?? config.regions[0] ?? '';
  const headers = signed(call.method, url, body, region, await signerOf(config), new Date());
  const response = await fetch(url, {
    ...{ method: call.method, body, headers: { ...headers, 'content-type': 'application/json' } },
    ...{ redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) },
  }).catch((error: unknown) => {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const text = why instanceof Error ? why.message : String(why);
    throw new UnreachableError(`the server at ${endpoint.origin} does not answer: ${text}`);
  });
  return { ok: response.ok, answer: await answerOf(response, endpoint) };
}

function endpointOf({ host, port, tls }: Config, given: string | undefined): URL {
  if (given === undefined && port === 0) {
    throw new StartError('the server listens on any free port: name its address by --endpoint');
  }
  const name = host.includes(':') ? `[${host}]` : host;
  const text = given ?? `${tls ? 'https' : 'http'}://${name}:${port}`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new StartError(`${text} is no http or https URL`);
  }
  return new URL(text);
}

async function signerOf(config: Config): Promise<Signer> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken };
  const file = credentialsFile(config);
  const written = await readSharedCredentials(file);
  if (written) return written;
  throw new StartError(`there are no credentials, neither in the environment nor in ${file}`);
}

/** IAM User Guide, "Create a signed AWS API request". */
function signed(
  method: string,
  url: URL,
  body: string,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: Signer,
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const date = time.slice(0, 8);
  const payloadHash = hash('sha256', body, 'hex');
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': time,
    ...(sessionToken && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).join(';');
  const target = canonicalTarget(url.pathname);
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = `${method}\n${target?.path}\n${target?.query}\n${lines.join('')}\n${names}\n${payloadHash}`;
  const scope = `${date}/${region}/kms/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
  const key = deriveSigningKey(secretAccessKey, date, region, 'kms');
  const signature = createHmac('sha256', key).update(text).digest('hex');
  key.fill(0);
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

async function answerOf(response: Response, endpoint: URL): Promise<Record<string, unknown>> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new StartError(`what answers at ${endpoint.origin} is no Strongroom`);
  }
}
