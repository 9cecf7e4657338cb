/** The Query face, of IAM and STS: a form on `POST /`, or a presigned `GET /?Action=…`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { QueryOperation, QueryService } from '../../declare/query-operation.js';
import type { QueryAnswer, QueryPipeline } from '../../pipeline/query-pipeline.js';
import { QueryError } from '../../services/iam/errors.js';
import { queryOperations } from '../../services/iam/registry.js';
import { KmsError } from '../../services/kms/errors.js';
import { readBody } from '../http/body.js';
import { faceRequest } from '../http/face-request.js';
import { bodyText, type Form, formMembers, parseForm } from './query-form.js';
import { errorXml, successXml, VERSIONS } from './query-response.js';

const FORM = 'application/x-www-form-urlencoded';

/** Whether a request is this face's. */
export function isQuery({ method, url, headers }: IncomingMessage): boolean {
  if (method === 'GET') return url?.startsWith('/?') ?? false;
  const path = url?.split('?', 1)[0];
  const form = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === FORM;
  return method === 'POST' && path === '/' && form && headers['x-amz-target'] === undefined;
}

/** Answers one request. Never rejects. */
export async function serveQuery(
  request: IncomingMessage,
  response: ServerResponse,
  pipeline: QueryPipeline,
  maxBodyBytes: number,
): Promise<void> {
  let body: Buffer;
  try {
    body = await readBody(request, maxBodyBytes);
  } catch (error) {
    if (error instanceof KmsError) {
      response.setHeader('Connection', 'close');
      send(
        response,
        413,
        errorXml('iam', new QueryError('RequestEntityTooLarge', error.message), ''),
      );
    } else response.destroy();
    return;
  }
  const target = request.url ?? '/';
  // Read once, inside the pipeline, so that what can't be read is answered and recorded there.
  let read: Form | undefined;
  const form = () => {
    read ??= parseForm(request.method === 'GET' ? target.slice(2) : bodyText(body));
    return read;
  };
  const service = serviceOf(form);
  const answer = await pipeline.handle({
    ...faceRequest(request, target, body, { route: noKmsRoute, members: () => undefined }),
    service,
    route: () => route(form(), service),
    members: (operation) => formMembers(form(), operation.input),
  });
  sendAnswer(response, service, answer);
}

function noKmsRoute(): never {
  throw new KmsError('UnknownOperationException');
}

/** IAM's answers differ from STS's by their namespace, so a service is chosen for errors, too. */
function serviceOf(form: () => Form): QueryService {
  try {
    return form().get('Version') === VERSIONS.sts ? 'sts' : 'iam';
  } catch {
    return 'iam';
  }
}

/** @throws QueryError MissingAction, InvalidAction */
function route(form: Form, service: QueryService): QueryOperation {
  const action = form.get('Action');
  const version = form.get('Version') ?? '';
  if (!action)
    throw new QueryError('MissingAction', 'The request must contain the parameter Action.');
  const operation = VERSIONS[service] === version && queryOperations.get(`${service}/${action}`);
  if (operation) return operation;
  throw new QueryError(
    'InvalidAction',
    `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32) || 'NO_VERSION_SPECIFIED'}`,
  );
}

function sendAnswer(
  response: ServerResponse,
  service: QueryService,
  { requestId, operation, output, error }: QueryAnswer,
): void {
  response.setHeader('x-amzn-RequestId', requestId);
  if (error) send(response, error.http, errorXml(service, error, requestId));
  else if (operation) send(response, 200, successXml(operation, output ?? {}, requestId));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/xml',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
