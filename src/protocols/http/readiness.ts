/** Whether the server can be used, and what of all that calls need cannot. */
import type { RequestHandler } from 'express';

/** Something that every call needs. */
export interface Part {
  readonly name: string;
  readonly usable: boolean;
  /** Why it isn't usable, for an operator. */
  readonly why?: string | undefined;
}

export interface Readiness {
  readonly parts: readonly Part[];
  /** What some calls need and is away: the server is ready all the same. */
  readonly warnings: readonly string[];
}

/** For a load balancer: 200, or 503 and which parts. */
export function readyz(readiness: () => Readiness): RequestHandler {
  return (_request, response) => {
    const missing = unusable(readiness());
    const status = missing.length === 0 ? 'ready' : `${missing.join(', ')} not usable`;
    response.status(missing.length === 0 ? 200 : 503).json({ status });
  };
}

/**
 * For an operator who asks `?verbose`: each part on a line of its own, as Kubernetes writes it; what only
 * some calls need begins with `[!]`.
 */
export function readyzVerbose(
  readiness: () => Readiness,
): [isAskedFor: RequestHandler, tell: RequestHandler] {
  const isAskedFor: RequestHandler = (request, _response, next) =>
    /[?&]verbose(=|&|$)/.test(request.url) ? next() : next('route');
  const tell: RequestHandler = (_request, response) => {
    const found = readiness();
    const isReady = unusable(found).length === 0;
    const lines = [
      ...found.parts.map(({ name, usable, why = 'not usable' }) =>
        usable ? `[+]${name} ok` : `[-]${name} failed: ${why}`,
      ),
      ...found.warnings.map((warning) => `[!]${warning}`),
      `readyz check ${isReady ? 'passed' : 'failed'}`,
    ];
    response
      .status(isReady ? 200 : 503)
      .type('text/plain')
      .send(`${lines.join('\n')}\n`);
  };
  return [isAskedFor, tell];
}

const unusable = ({ parts }: Readiness) =>
  parts.flatMap(({ name, usable }) => (usable ? [] : [name]));
