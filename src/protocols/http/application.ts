/** Everything that isn't the AWS JSON face: REST, the API's description, health. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { openApiDocument } from '../../declare/openapi.js';
import type { Log } from '../../observe/log.js';
import type { Metrics } from '../../observe/metrics.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { KmsError } from '../../services/kms/errors.js';
import type { PeerServer } from '../../services/kms/peers/peer-server.js';
import { families, ownFamilies } from '../../services/kms/registry.js';
import { peerRouter } from '../peer/peer.js';
import { docsRouter } from '../rest/docs.js';
import { restRouter } from '../rest/rest.js';
import { errorJson } from './wire.js';

export interface ApplicationOptions {
  readonly pipeline: Pipeline;
  readonly peerServer: PeerServer;
  readonly peerPublicKey: string;
  readonly maxBodyBytes: number;
  /** Whether the root token is usable now. */
  readonly ready: () => boolean;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function application(options: ApplicationOptions): Express {
  const { pipeline, peerServer, peerPublicKey, maxBodyBytes, ready, metrics, log } = options;
  const document = openApiDocument({ ...families, ...ownFamilies });
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.set('etag', false);
  // Express answers OPTIONS by itself, to anybody; nothing here is for other origins' pages.
  app.options('/{*path}', (_request, response) =>
    refuse(response, new KmsError('UnknownOperationException')),
  );
  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  app.get('/readyz', (_request, response) => {
    const usable = ready();
    response
      .status(usable ? 200 : 503)
      .json({ status: usable ? 'ready' : 'root token not usable' });
  });
  app.get('/openapi.json', (_request, response) => void response.json(document));
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text());
  });
  app.use('/peer/v1', peerRouter(peerServer, peerPublicKey));
  app.use('/docs', docsRouter());
  app.use('/v1', restRouter(pipeline, maxBodyBytes));
  app.use((_request, response) => refuse(response, new KmsError('UnknownOperationException')));
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (isMalformedUrl(error)) return refuse(response, new KmsError('UnknownOperationException'));
    log.error({ err: error }, 'a request failed outside the pipeline');
    refuse(
      response,
      new KmsError('InternalFailure', 'The request failed because of an internal error.'),
    );
  });
  return app;
}

function refuse(response: Response, error: KmsError): void {
  response.status(error.entry.rest).type('application/json').send(errorJson(error));
}

/** Express's error for a path parameter that isn't percent-encoded UTF-8. */
function isMalformedUrl(error: unknown): boolean {
  return (
    error instanceof URIError ||
    (error instanceof Error && 'status' in error && error.status === 400)
  );
}
