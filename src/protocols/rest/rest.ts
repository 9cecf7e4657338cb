/** The REST protocol: the routes of the declarations under `/v1`. */
import express, { type Request, type Response, type Router } from 'express';
import type { Operation, Route } from '../../declare/operation.js';
import type { Shape } from '../../declare/validate.js';
import { CommonError, commonErrors } from '../../kernel/common-errors.js';
import type { ErrorCatalogue, ServiceError } from '../../kernel/service-error.js';
import { routedOperations, type ServedService } from '../../pipeline/service.js';
import type { Answer } from '../../pipeline/transport.js';
import { normalizedPath } from '../../sigv4/canonical-target.js';
import { parseMembers } from '../http/body.js';
import type { BodyReader } from '../http/body-reader.js';
import { transportOf } from '../http/transport.js';
import { errorJson, statusOf, toJson } from '../http/wire.js';

/** Routes of every operation. A path parameter is percent-encoded, slashes of an ARN included. */
export function restRouter(services: readonly ServedService[], bodies: BodyReader): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const served of services) {
    const { restPath = `/${served.service.name}` } = served.service.wire;
    for (const operation of routedOperations(served.service)) {
      const { route } = operation;
      const path = `${restPath}${route.path}`.replaceAll(/\{(\w+)\}/g, ':$1');
      const method = route.method.toLowerCase() as Lowercase<Route['method']>;
      router[method](path, (request, response) =>
        serve(operation, request, response, served, bodies),
      );
    }
  }
  return router;
}

async function serve(
  operation: Operation,
  request: Request,
  response: Response,
  served: ServedService,
  bodies: BodyReader,
): Promise<void> {
  let body: Buffer;
  try {
    body = await bodies.read(request);
  } catch (error) {
    if (error instanceof CommonError) {
      sendError(response.set('Connection', 'close'), error, commonErrors);
    } else response.destroy();
    return;
  }
  const answer = await served.handle(transportOf(request, request.originalUrl, body), {
    route: () => routeOf(operation, request),
    members: () => members(operation, request, body),
  });
  send(response, answer, served);
}

/** The signature vouches for the normalized path only, so no other may choose the operation. */
function routeOf(operation: Operation, request: Request): Operation {
  const path = request.originalUrl.split('?', 1)[0] ?? '';
  if (normalizedPath(path) !== path) throw new CommonError('UnknownOperationException');
  return operation;
}

/**
 * Members of the body, the query and the path; one that comes twice is refused.
 * @throws CommonError SerializationException, ValidationException
 */
function members(operation: Operation, request: Request, body: Buffer): unknown {
  const inBody = parseMembers(body);
  if (typeof inBody !== 'object' || inBody === null || Array.isArray(inBody)) return inBody;
  const merged: Record<string, unknown> = { ...inBody };
  const query = new URLSearchParams(queryOf(request.originalUrl));
  for (const name of new Set(query.keys())) {
    add(merged, name, fromQuery(operation.input.properties[name] as Shape, query.getAll(name)));
  }
  for (const [name, value] of Object.entries(request.params)) add(merged, name, value);
  return merged;
}

/** All that follows the first question mark: a query may have more of them. */
function queryOf(target: string): string {
  const mark = target.indexOf('?');
  return mark === -1 ? '' : target.slice(mark + 1);
}

function add(merged: Record<string, unknown>, name: string, value: unknown): void {
  if (Object.hasOwn(merged, name)) {
    throw new CommonError('ValidationException', `${name} is given more than once.`);
  }
  merged[name] = value;
}

/** A query is text; what the shape has as a number or a flag is read as JSON would give it. */
function fromQuery(shape: Shape | undefined, values: readonly string[]): unknown {
  if (shape?.type === 'array') return values;
  const [value = ''] = values;
  if (values.length > 1) return values;
  if (shape?.type === 'integer' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (shape?.type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
  return value;
}

function send(
  response: Response,
  { requestId, operation, output, error }: Answer,
  { service }: ServedService,
): void {
  response.set('x-amzn-RequestId', requestId);
  response.set('Cache-Control', 'no-store');
  if (error) {
    sendError(response, error, service.errors.catalogue);
  } else if (operation?.output === 'nothing') {
    response.status(204).end();
  } else {
    response
      .status(200)
      .type('application/json')
      .send(toJson(output ?? {}));
  }
}

/** Answers an error as the REST face has it. */
export function sendError(
  response: Response,
  error: ServiceError,
  catalogue: ErrorCatalogue,
): void {
  response
    .status(statusOf(error, catalogue, 'rest'))
    .type('application/json')
    .send(errorJson(error, catalogue));
}
