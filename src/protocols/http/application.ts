/** Everything that isn't AWS JSON or Query: REST, the API's description, health. */

import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { openApiDocument } from '../../declare/openapi.js';
import { CommonError, commonErrors } from '../../kernel/common-errors.js';
import type { Log } from '../../observe/log.js';
import type { Metrics } from '../../observe/metrics.js';
import type { ServedService } from '../../pipeline/service.js';
import { type PeerMessages, peerRouter } from '../peer/peer.js';
import { docsRouter } from '../rest/docs.js';
import { restRouter, sendError } from '../rest/rest.js';
import type { BodyReader } from './body-reader.js';

export interface ApplicationOptions {
  readonly services: readonly ServedService[];
  /** Absent without peers. */
  readonly peers: PeerMessages | undefined;
  readonly peerPublicKey: string;
  readonly bodies: BodyReader;
  /** What of all that calls need can't be used now. */
  readonly unusable: () => readonly string[];
  readonly metrics: Metrics;
  readonly log: Log;
}

export function application(options: ApplicationOptions): Express {
  const { services, peers, peerPublicKey, bodies, unusable, metrics, log } = options;
  const document = openApiDocument(services.map(({ service }) => service));
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.set('etag', false);
  // Express answers OPTIONS by itself, to anybody; nothing here is for other origins' pages.
  app.options('/{*path}', (_request, response) => refuseUnknown(response));
  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  app.get('/readyz', (_request, response) => {
    const missing = unusable();
    response
      .status(missing.length === 0 ? 200 : 503)
      .json({ status: missing.length === 0 ? 'ready' : `${missing.join(', ')} not usable` });
  });
  app.get('/openapi.json', (_request, response) => void response.json(document));
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text());
  });
  app.use('/peer/v1', peerRouter(peers, peerPublicKey));
  app.use('/docs', docsRouter());
  app.use('/v1', restRouter(services, bodies));
  app.use((_request, response) => refuseUnknown(response));
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (isMalformedUrl(error)) return refuseUnknown(response);
    log.error({ err: error }, 'a request failed outside the pipeline');
    const message = 'The request failed because of an internal error.';
    const known = error instanceof CommonError ? error : undefined;
    sendError(response, known ?? new CommonError('InternalFailure', message), commonErrors);
  });
  return app;
}

function refuseUnknown(response: Response): void {
  sendError(response, new CommonError('UnknownOperationException'), commonErrors);
}

/** Express's error for a path parameter that isn't percent-encoded UTF-8. */
function isMalformedUrl(error: unknown): boolean {
  return (
    error instanceof URIError ||
    (error instanceof Error && 'status' in error && error.status === 400)
  );
}
