/** How a command reaches a server: by the operator's socket where there is one, else signed, over TCP. */
import { request } from 'node:http';
import type { Config } from '../../config/config.js';
import { StartError, UnreachableError } from '../../kernel/start-error.js';
import { credentialsFile } from '../../services/iam/credentials/first-credentials.js';
import { readSharedCredentials } from '../../services/iam/credentials/shared-credentials.js';
import { operatorSocketPath } from '../operator-socket-path.js';
import { SharedFiles, signerInEnvironment } from './shared-files.js';
import { type Signer, signedHeaders } from './signed-headers.js';

export interface Request {
  readonly method: 'GET' | 'POST';
  /** Percent-encoded, with the query. */
  readonly path: string;
  readonly body: string;
  readonly contentType: string;
  /** As in credential scopes; undefined: a page, which is not signed. */
  readonly service: string | undefined;
  /** Lower-case names that begin with `x-amz-`. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Response {
  readonly status: number;
  readonly text: string;
}

export interface Way {
  /** For messages: `unix:…` or a URL's origin. */
  readonly name: string;
  readonly bySocket: boolean;
  /** @throws UnreachableError; StartError without credentials */
  readonly send: (request: Request) => Promise<Response>;
}

/** What a command line says of it. */
export interface WayOptions {
  readonly endpoint: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/** Longer than a server that was left at its settings takes for an answer. */
const PATIENCE_MS = 120_000;
/** More than any answer of the API has. */
const MAX_ANSWER = 67_108_864;

/**
 * The operator's socket of the data directory, unless an endpoint or a profile is named; without one the
 * endpoint and the credentials that AWS's SDKs would take, and else those of the configuration.
 */
export async function wayTo(config: Config, options: WayOptions): Promise<Way> {
  const { endpoint, profile, region } = options;
  const files = new SharedFiles(process.env, profile);
  const named = endpoint !== undefined || profile !== undefined;
  const socketPath = operatorSocketPath(config.dataDir);
  if (!named && (await answers(socketPath))) return overSocket(socketPath, region);
  const place = endpointOf(config, endpoint ?? (await files.endpoint()));
  const where = region ?? (await files.region()) ?? config.regions[0] ?? '';
  return overTcp(place, where, () => signerOf(config, files, profile));
}

function overSocket(socketPath: string, region: string | undefined): Way {
  const name = `unix:${socketPath}`;
  const asked = region === undefined ? {} : { 'x-strongroom-region': region };
  const send = ({ method, path, body, contentType, service, headers }: Request) => {
    const own = service === undefined ? {} : { 'content-type': contentType, ...asked };
    return exchange(socketPath, name, { method, path, body, headers: { ...headers, ...own } });
  };
  return { name, bySocket: true, send };
}

function overTcp(endpoint: URL, region: string, findSigner: () => Promise<Signer>): Way {
  const send = async ({ method, path, body, contentType, service, headers }: Request) => {
    const url = new URL(path, endpoint);
    const own =
      service === undefined
        ? {}
        : {
            ...signedHeaders(
              { method, url, body, region, service, headers },
              await findSigner(),
              new Date(),
            ),
            'content-type': contentType,
          };
    const response = await fetch(url, {
      ...{ method, headers: own, redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) },
      ...(method === 'POST' && { body }),
    }).catch((error: unknown) => {
      const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw noAnswer(endpoint.origin, why);
    });
    return { status: response.status, text: await response.text() };
  };
  return { name: endpoint.origin, bySocket: false, send };
}

/** Whether somebody listens. A killed server leaves its socket; another user's can't be opened. */
function answers(socketPath: string): Promise<boolean> {
  return exchange(socketPath, '', { method: 'GET', path: '/healthz', body: '', headers: {} }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

function exchange(
  socketPath: string,
  name: string,
  { body, ...asked }: Pick<Request, 'method' | 'path' | 'body' | 'headers'>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(noAnswer(name, error));
    const options = { socketPath, ...asked, signal: AbortSignal.timeout(PATIENCE_MS) };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_ANSWER) sent.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

function noAnswer(name: string, error: unknown): UnreachableError {
  const { message, code } = Object(error);
  return new UnreachableError(`the server at ${name} does not answer: ${message || code || error}`);
}

function endpointOf({ host, port, tls }: Config, given: string | undefined): URL {
  if (given === undefined && port === 0) {
    throw new UnreachableError(
      'no server answers by the operator’s socket, and one would listen on any free port: name its address by --endpoint',
    );
  }
  const name = host.includes(':') ? `[${host}]` : host;
  const text = given ?? `${tls ? 'https' : 'http'}://${name}:${port}`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new StartError(`${text} is no http or https URL`);
  }
  return new URL(text);
}

async function signerOf(
  config: Config,
  files: SharedFiles,
  profile: string | undefined,
): Promise<Signer> {
  const found =
    (profile === undefined ? signerInEnvironment(process.env) : undefined) ??
    (await files.signer());
  if (found) return found;
  if (profile !== undefined)
    throw new StartError(`there is no profile ${profile} with credentials`);
  const file = credentialsFile(config);
  const written = await readSharedCredentials(file).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`${file} can't be read (${error.code ?? error.message})`);
  });
  if (written) return written;
  throw new StartError(
    `there are no credentials, neither in the environment, nor in AWS's shared files, nor in ${file}`,
  );
}
