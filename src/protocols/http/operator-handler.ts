/** The operator's socket: the same protocols, for whoever can open it. */
import type { IncomingMessage } from 'node:http';
import type { ServedService } from '../../pipeline/service.js';
import type { Operator } from '../../pipeline/transport.js';
import { awsJson, isAwsJson } from '../aws-json/aws-json.js';
import { isQuery, query } from '../query/query.js';
import { type OperatorOptions, operatorApplication } from './application.js';
import { noteSocketSender } from './peers.js';
import type { Handler } from './server.js';

/** What browsers and proxies put into requests, and no client of the socket does. */
const RELAYED = [
  'origin',
  'sec-fetch-site',
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-real-ip',
] as const;

/**
 * What the operator's socket answers. Its calls run through the services' own pipelines; that they came
 * here is known to them by the listener, and by nothing that a request could say.
 */
export function operatorHandler({
  operator,
  ...options
}: OperatorOptions & { readonly operator: Operator }): Handler {
  const services = options.services.map((served) => marked(served, operator));
  const { bodies } = options;
  const app = operatorApplication({ ...options, services });
  const serveQuery = query(services, bodies);
  const serveAwsJson = awsJson(services, bodies);
  return (request, response) => {
    if (request.headers.upgrade !== undefined) response.setHeader('Connection', 'close');
    noteSocketSender(request);
    if (isRelayed(request)) {
      // Whoever relays would lend the operator's rights to whom it serves.
      response.writeHead(403, { 'Content-Type': 'text/plain', Connection: 'close' });
      response.end("The operator's socket takes nothing from browsers and proxies.\n");
    } else if (isQuery(request)) void serveQuery(request, response);
    else if (isAwsJson(request)) void serveAwsJson(request, response);
    else app(request, response);
  };
}

function isRelayed({ headers }: IncomingMessage): boolean {
  return RELAYED.some((name) => headers[name] !== undefined);
}

/** The service, with the operator behind each of its calls. */
function marked(served: ServedService, operator: Operator): ServedService {
  return {
    service: served.service,
    handle: (transport, routed) => served.handle({ ...transport, operator }, routed),
    forward: (forwarded, routed) => served.forward(forwarded, routed),
  };
}
