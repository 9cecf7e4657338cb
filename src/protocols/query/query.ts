/**
 * AWS's Query protocol: a form on `POST /`, or in the query of `GET /?Action=…` or `POST /?Action=…`;
 * answers in XML.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Operation } from '../../declare/operation.js';
import { CommonError } from '../../kernel/common-errors.js';
import { ServiceError } from '../../kernel/service-error.js';
import type { ServedService } from '../../pipeline/service.js';
import type { Answer } from '../../pipeline/transport.js';
import type { BodyReader } from '../http/body-reader.js';
import { transportOf } from '../http/transport.js';
import { statusOf } from '../http/wire.js';
import { bodyText, type Form, formMembers, parseForm } from './query-form.js';
import { errorXml, successXml } from './query-response.js';

const FORM = 'application/x-www-form-urlencoded';

/** Whether a request is this protocol's. */
export function isQuery(request: IncomingMessage): boolean {
  const { method, url = '', headers } = request;
  if (method === 'GET') return url.startsWith('/?');
  if (method !== 'POST' || headers['x-amz-target'] !== undefined) return false;
  return url.startsWith('/?') || (url === '/' && hasForm(request));
}

function hasForm({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === FORM;
}

/** The parameters of a request, wherever they stand. Each may stand there once. */
function formOf(request: IncomingMessage, target: string, body: Buffer): Form {
  const mark = target.indexOf('?');
  const parts = [
    mark === -1 ? '' : target.slice(mark + 1),
    request.method === 'POST' && hasForm(request) ? bodyText(body) : '',
  ];
  return parseForm(parts.filter((part) => part !== '').join('&'));
}

/**
 * Serves the services that have a version in this protocol.
 * @param services the first one answers what is no service's
 */
export function query(services: readonly ServedService[], bodies: BodyReader) {
  const speaking = services.filter(({ service }) => service.wire.query);
  const [first] = speaking;
  if (!first) throw new Error('no service speaks the Query protocol');

  /** A service is chosen for errors, too: answers differ by their namespace. */
  const pipelineOf = (form: () => Form): ServedService => {
    try {
      const version = form().get('Version');
      return speaking.find(({ service }) => service.wire.query?.version === version) ?? first;
    } catch {
      return first;
    }
  };

  /** Answers one request. Never rejects. */
  return async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body: Buffer;
    try {
      body = await bodies.read(request);
    } catch (error) {
      if (!(error instanceof CommonError)) {
        response.destroy();
        return;
      }
      response.setHeader('Connection', 'close');
      const code = first.service.errors.spelling[error.code] ?? error.code;
      sendError(response, new ServiceError(code, error.message), first, '');
      return;
    }
    const target = request.url ?? '/';
    // Read once, inside the pipeline, so that what can't be read is answered and recorded there.
    let read: Form | undefined;
    const form = () => {
      read ??= formOf(request, target, body);
      return read;
    };
    const served = pipelineOf(form);
    const answer = await served.handle(transportOf(request, target, body), {
      route: () => route(form(), served),
      members: (operation) => formMembers(form(), operation.input),
    });
    sendAnswer(response, answer, served);
  };
}

/** @throws ServiceError MissingAction, InvalidAction */
function route(form: Form, { service }: ServedService): Operation {
  const action = form.get('Action');
  const version = form.get('Version') ?? '';
  if (!action) {
    throw new ServiceError('MissingAction', 'The request must contain the parameter Action.');
  }
  const known = service.wire.query?.version === version && service.operations.get(action);
  if (known) return known;
  throw new ServiceError(
    'InvalidAction',
    `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32) || 'NO_VERSION_SPECIFIED'}`,
  );
}

function sendAnswer(
  response: ServerResponse,
  { requestId, operation, output, error }: Answer,
  served: ServedService,
): void {
  response.setHeader('x-amzn-RequestId', requestId);
  if (error) sendError(response, error, served, requestId);
  else if (operation) {
    send(response, 200, successXml(operation, output ?? {}, namespaceOf(served), requestId));
  }
}

function sendError(
  response: ServerResponse,
  error: ServiceError,
  served: ServedService,
  requestId: string,
): void {
  const status = statusOf(error, served.service.errors.catalogue, 'http');
  send(response, status, errorXml(error, status, namespaceOf(served), requestId));
}

function namespaceOf({ service }: ServedService): string {
  return service.wire.query?.namespace ?? '';
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/xml',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
