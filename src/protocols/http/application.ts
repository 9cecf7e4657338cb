/** Everything that isn't AWS JSON or Query: REST, health, and the pages that are internal elsewhere. */

import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { CommonError, commonErrors } from '../../kernel/common-errors.js';
import type { Log } from '../../observe/log.js';
import type { ServedService } from '../../pipeline/service.js';
import { discoveryRouter, type IssuerDocuments } from '../discovery/discovery.js';
import { type PeerMessages, peerRouter } from '../peer/peer.js';
import { restRouter, sendError } from '../rest/rest.js';
import type { BodyReader } from './body-reader.js';
import { type Audience, type InternalPagesOptions, internalPages } from './internal-pages.js';
import { type Readiness, readyz } from './readiness.js';

interface CommonOptions {
  readonly pages: InternalPagesOptions;
  readonly readiness: () => Readiness;
  readonly log: Log;
}

export interface ApplicationOptions extends CommonOptions {
  readonly services: readonly ServedService[];
  /** Internal pages are at an address of their own. */
  readonly pagesElsewhere: boolean;
  /** Absent without peers. */
  readonly peers: PeerMessages | undefined;
  readonly peerPublicKey: string;
  readonly bodies: BodyReader;
  /** Of web identity tokens. */
  readonly issuers: IssuerDocuments;
}

/** What the endpoint answers beside AWS JSON and Query. */
export function application(options: ApplicationOptions): Express {
  const { services, peers, peerPublicKey, bodies, issuers, pagesElsewhere } = options;
  const audiences: Audience[] = pagesElsewhere ? ['public'] : ['public', 'internal'];
  return common(options, new Set(audiences), (app) => {
    app.use('/peer/v1', peerRouter(peers, peerPublicKey));
    app.use('/v1', restRouter(services, bodies));
    app.use(discoveryRouter(issuers, refuseUnknown));
  });
}

export interface OperatorOptions {
  readonly services: readonly ServedService[];
  readonly bodies: BodyReader;
  readonly metrics: InternalPagesOptions['metrics'];
  readonly readiness: () => Readiness;
  /** What `/status` tells, as JSON. */
  readonly status: () => Promise<object>;
  readonly log: Log;
}

/** What the operator's socket answers beside AWS JSON and Query: REST, and every page, to whoever opens it. */
export function operatorApplication(options: OperatorOptions): Express {
  const { services, bodies, metrics, readiness, status, log } = options;
  const audience = { metrics: 'public', docs: 'public' } as const;
  const pages = { services, metrics, audience, bearerToken: undefined };
  return common({ pages, readiness, log }, new Set(['public']), (app) => {
    app.get('/status', async (_request, response) => void response.json(await status()));
    app.use('/v1', restRouter(services, bodies));
  });
}

/** What the internal address answers. */
export function internalApplication(options: CommonOptions): Express {
  return common(options, new Set(['internal']), () => undefined);
}

function common(
  { pages, readiness, log }: CommonOptions,
  audiences: ReadonlySet<Audience>,
  add: (app: Express) => void,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.set('etag', false);
  // Express answers OPTIONS by itself, to anybody; nothing here is for other origins' pages.
  app.options('/{*path}', (_request, response) => refuseUnknown(response));
  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  app.use(internalPages(pages, readiness, audiences));
  app.get('/readyz', readyz(readiness));
  add(app);
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
