/** Where a request comes in: the AWS faces on node:http, everything else behind them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CommonError, commonErrors } from '../../kernel/common-errors.js';
import { awsJson, isAwsJson } from '../aws-json/aws-json.js';
import { isQuery, query } from '../query/query.js';
import { type ApplicationOptions, application, internalApplication } from './application.js';
import { noteSender } from './peers.js';
import type { Handler } from './server.js';
import { errorJson } from './wire.js';

/** What the server's endpoint answers. */
export function endpointHandler(options: ApplicationOptions): Handler {
  const { services, bodies, log } = options;
  const app = application(options);
  const serveQuery = query(services, bodies);
  const serveAwsJson = awsJson(services, bodies);
  return (request, response) => {
    // What follows may be another protocol already: it is neither taken for a request nor waited for.
    if (request.headers.upgrade !== undefined) response.setHeader('Connection', 'close');
    const refusal = refusalOf(request);
    if (refusal) {
      log.warn({ err: refusal }, 'a proxy asked for nobody who can be named');
      refuse(response, refusal);
    } else if (isQuery(request)) void serveQuery(request, response);
    else if (isAwsJson(request)) void serveAwsJson(request, response);
    else app(request, response);
  };
}

/** What the internal address answers: no calls. */
export function internalHandler(options: Parameters<typeof internalApplication>[0]): Handler {
  const app = internalApplication(options);
  return (request, response) => {
    if (request.headers.upgrade !== undefined) response.setHeader('Connection', 'close');
    app(request, response);
  };
}

/** Where it isn't known who asks, nothing is decided by it. */
function refusalOf(request: IncomingMessage): CommonError | undefined {
  try {
    noteSender(request);
    return undefined;
  } catch (error) {
    if (error instanceof CommonError) return error;
    throw error;
  }
}

function refuse(response: ServerResponse, refusal: CommonError): void {
  response
    .writeHead(commonErrors[refusal.code].http, {
      'Content-Type': 'application/json',
      Connection: 'close',
    })
    .end(errorJson(refusal, commonErrors));
}
