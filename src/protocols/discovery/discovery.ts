/**
 * The face of issuers of web identity tokens: `GET /<issuer>/.well-known/…`, for everybody. Source: OpenID
 * Connect Discovery 1.0, 4.
 */
import { Router as makeRouter, type Response, type Router } from 'express';

/** A document, and for how many seconds it may be kept. */
interface Published {
  readonly document: object;
  readonly freshSeconds: number;
}

/** What is told of issuers; undefined of what is none. */
export interface IssuerDocuments {
  configuration(issuerId: string): Promise<Published | undefined>;
  keys(issuerId: string): Promise<Published | undefined>;
}

/** @param refuse answers whatever isn't there */
export function discoveryRouter(
  issuers: IssuerDocuments,
  refuse: (response: Response) => void,
): Router {
  const router = makeRouter({ caseSensitive: true, strict: true });
  const serve = (name: string, find: (issuerId: string) => Promise<Published | undefined>) => {
    router.get(`/:issuerId/.well-known/${name}`, async ({ params }, response) => {
      const found = await find(params.issuerId);
      if (!found) return refuse(response);
      const { document, freshSeconds } = found;
      const kept = freshSeconds > 0 ? `public, max-age=${freshSeconds}` : 'no-cache';
      response.set('Cache-Control', kept).json(document);
    });
  };
  serve('openid-configuration', (issuerId) => issuers.configuration(issuerId));
  serve('jwks.json', (issuerId) => issuers.keys(issuerId));
  return router;
}
