/** The AWS JSON 1.1 protocol: `POST /` with `X-Amz-Target: <service's target>.<Operation>`. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Operation } from '../../declare/operation.js';
import { CommonError, commonErrors } from '../../kernel/common-errors.js';
import type { ServedService } from '../../pipeline/service.js';
import type { Answer } from '../../pipeline/transport.js';
import { parseMembers } from '../http/body.js';
import type { BodyReader } from '../http/body-reader.js';
import { transportOf } from '../http/transport.js';
import { errorJson, statusOf, toJson } from '../http/wire.js';

const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** Whether a request is this protocol's: it has one method and one path. */
export function isAwsJson(request: IncomingMessage): boolean {
  return request.method === 'POST' && request.url === '/';
}

/**
 * Serves the services that have a target in this protocol.
 * @param services the first one records what is no service's
 */
export function awsJson(services: readonly ServedService[], bodies: BodyReader) {
  const byTarget = new Map(
    services.flatMap((served) => {
      const { jsonTarget, otherJsonTarget } = served.service.wire;
      const targets = [jsonTarget, otherJsonTarget].filter((target) => target !== undefined);
      return targets.map((target) => [target, served] as const);
    }),
  );
  const [first] = byTarget.values();
  if (!first) throw new Error('no service speaks AWS JSON');

  /** Answers one request. Never rejects. */
  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body: Buffer;
    try {
      body = await bodies.read(request);
    } catch (error) {
      refuseBody(response, error);
      return;
    }
    const { target, name } = readTarget(request.headers['x-amz-target']);
    const served = byTarget.get(target) ?? first;
    const known = byTarget.has(target) ? served.service.operations.get(name) : undefined;
    const answer = await served.handle(transportOf(request, '/', body), {
      route: () => requireOperation(known),
      members: () => parseMembers(body),
    });
    send(response, answer, served);
  };
}

function readTarget(header: string | string[] | undefined): { target: string; name: string } {
  const text = typeof header === 'string' ? header : '';
  // A target may have dots of its own.
  const dot = text.lastIndexOf('.');
  return { target: text.slice(0, Math.max(0, dot)), name: text.slice(dot + 1) };
}

/** @throws CommonError UnknownOperationException */
function requireOperation(operation: Operation | undefined): Operation {
  if (operation && !operation.restOnly) return operation;
  throw new CommonError('UnknownOperationException');
}

function send(
  response: ServerResponse,
  { requestId, operation, output, error }: Answer,
  { service }: ServedService,
): void {
  const { catalogue } = service.errors;
  const status = error ? statusOf(error, catalogue, 'http') : 200;
  const body = error
    ? errorJson(error, catalogue)
    : operation?.output === 'nothing'
      ? ''
      : toJson(output ?? {});
  response.writeHead(status, {
    'x-amzn-RequestId': requestId,
    'Cache-Control': 'no-cache, no-store, must-revalidate, private',
    'Content-Type': CONTENT_TYPE,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** The body never arrived whole, so nobody is known to have called: nothing to authenticate. */
function refuseBody(response: ServerResponse, error: unknown): void {
  if (!(error instanceof CommonError)) {
    response.destroy();
    return;
  }
  const body = errorJson(error, commonErrors);
  response.writeHead(statusOf(error, commonErrors, 'http'), {
    'Content-Type': CONTENT_TYPE,
    'Content-Length': Buffer.byteLength(body),
    // What the client still sends is not read: the connection has no further use.
    Connection: 'close',
  });
  response.end(body);
}
