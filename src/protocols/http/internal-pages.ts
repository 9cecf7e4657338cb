/**
 * Pages for operators and developers, not for callers: metrics, and the API's description. Where they are
 * and who may see them says the configuration.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, type Response, type Router } from 'express';
import { openApiDocument } from '../../declare/openapi.js';
import type { Metrics } from '../../observe/metrics.js';
import type { ServedService } from '../../pipeline/service.js';
import { docsRouter } from '../rest/docs.js';
import { type Readiness, readyzVerbose } from './readiness.js';

/** `internal`: for whoever has the token, at the internal address where there is one. `off`: for nobody. */
export type Audience = 'public' | 'internal' | 'off';

export interface InternalPagesOptions {
  readonly services: readonly Pick<ServedService, 'service'>[];
  readonly metrics: Metrics;
  readonly audience: { readonly metrics: Audience; readonly docs: Audience };
  /** What internal pages ask for; absent: nothing. */
  readonly bearerToken: string | undefined;
}

/** @param audiences whose pages are here */
export function internalPages(
  { services, metrics, audience, bearerToken }: InternalPagesOptions,
  readiness: () => Readiness,
  audiences: ReadonlySet<Audience>,
): Router {
  const router = express.Router({ caseSensitive: true });
  const guards: Readonly<Record<Audience, RequestHandler[]>> = {
    public: [],
    internal: bearerToken === undefined ? [] : [requireToken(bearerToken)],
    off: [],
  };
  const { metrics: whoseMetrics, docs: whoseDocs } = audience;
  if (whoseMetrics !== 'off' && audiences.has(whoseMetrics)) {
    router.get('/metrics', ...guards[whoseMetrics], async (_request, response) => {
      response.type(metrics.contentType).send(await metrics.text());
    });
    // It names tokens, as the metrics do.
    const [isAskedFor, tell] = readyzVerbose(readiness);
    router.get('/readyz', isAskedFor, ...guards[whoseMetrics], tell);
  }
  if (whoseDocs !== 'off' && audiences.has(whoseDocs)) {
    const document = openApiDocument(services.map(({ service }) => service));
    router.get('/openapi.json', ...guards[whoseDocs], (_request, response) => {
      response.json(document);
    });
    router.use('/docs', ...guards[whoseDocs], docsRouter());
  }
  return router;
}

const BEARER = /^bearer +([!-~]+)$/i;
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** As a bearer token, which Prometheus sends, or as a password, for which browsers ask, of any user name. */
function requireToken(token: string): RequestHandler {
  const wanted = digestOf(token);
  return ({ headers: { authorization = '' } }, response, next) => {
    // Of digests, since the token's length is secret, too.
    if (timingSafeEqual(digestOf(tokenIn(authorization)), wanted)) next();
    else refuse(response);
  };
}

const digestOf = (token: string) => hash('sha256', token, 'buffer');

function tokenIn(authorization: string): string {
  const bearer = BEARER.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = Buffer.from(BASIC.exec(authorization)?.[1] ?? '', 'base64').toString('utf8');
  return basic.slice(basic.indexOf(':') + 1);
}

function refuse(response: Response): void {
  response
    .status(401)
    .set('WWW-Authenticate', ['Bearer realm="Strongroom"', 'Basic realm="Strongroom"'])
    .type('text/plain')
    .send('The token of this server is needed.\n');
}
