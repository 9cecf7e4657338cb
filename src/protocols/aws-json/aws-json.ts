/** The AWS JSON 1.1 face: `POST /` with `X-Amz-Target: TrentService.<Operation>`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Operation } from '../../declare/operation.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { Answer } from '../../pipeline/request.js';
import { KmsError } from '../../services/kms/errors.js';
import { operations } from '../../services/kms/registry.js';
import { parseMembers, readBody } from '../http/body.js';
import { faceRequest } from '../http/face-request.js';
import { errorJson, toJson } from '../http/wire.js';

const TARGET_PREFIX = 'TrentService.';

/** Whether a request is this face's: the JSON protocol has one method and one path. */
export function isAwsJson(request: IncomingMessage): boolean {
  return request.method === 'POST' && request.url === '/';
}

/** Answers one request. Never rejects. */
export async function serveAwsJson(
  request: IncomingMessage,
  response: ServerResponse,
  pipeline: Pipeline,
  maxBodyBytes: number,
): Promise<void> {
  let body: Buffer;
  try {
    body = await readBody(request, maxBodyBytes);
  } catch (error) {
    refuseBody(response, error);
    return;
  }
  const answer = await pipeline.handle(
    faceRequest(request, '/', body, {
      route: () => route(request.headers['x-amz-target']),
      members: () => parseMembers(body),
    }),
  );
  send(response, answer);
}

/** @throws KmsError UnknownOperationException */
function route(target: string | string[] | undefined): Operation {
  const name =
    typeof target === 'string' && target.startsWith(TARGET_PREFIX)
      ? target.slice(TARGET_PREFIX.length)
      : '';
  const operation = operations.get(name);
  if (operation) return operation;
  throw new KmsError('UnknownOperationException');
}

function send(response: ServerResponse, { requestId, operation, output, error }: Answer): void {
  const status = error?.entry.http ?? 200;
  const body = error
    ? errorJson(error)
    : operation?.output === 'nothing'
      ? ''
      : toJson(output ?? {});
  response.writeHead(status, {
    'x-amzn-RequestId': requestId,
    'Cache-Control': 'no-cache, no-store, must-revalidate, private',
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** The body never arrived whole, so nobody is known to have called: nothing to authenticate. */
function refuseBody(response: ServerResponse, error: unknown): void {
  if (!(error instanceof KmsError)) {
    response.destroy();
    return;
  }
  const body = errorJson(error);
  response.writeHead(error.entry.http, {
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': Buffer.byteLength(body),
    // What the client still sends is not read: the connection has no further use.
    Connection: 'close',
  });
  response.end(body);
}
