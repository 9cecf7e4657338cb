/** Where a request comes in: the AWS faces on node:http, everything else behind them. */
import { awsJson, isAwsJson } from '../aws-json/aws-json.js';
import { isQuery, query } from '../query/query.js';
import { type ApplicationOptions, application, internalApplication } from './application.js';
import type { Handler } from './server.js';

/** What the server's endpoint answers. */
export function endpointHandler(options: ApplicationOptions): Handler {
  const { services, bodies } = options;
  const app = application(options);
  const serveQuery = query(services, bodies);
  const serveAwsJson = awsJson(services, bodies);
  return (request, response) => {
    // What follows may be another protocol already: it is neither taken for a request nor waited for.
    if (request.headers.upgrade !== undefined) response.setHeader('Connection', 'close');
    if (isQuery(request)) void serveQuery(request, response);
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
