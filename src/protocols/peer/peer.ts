/** The face of other servers: signed messages on `POST /peer/v1`. */

import { Router as makeRouter, type Router } from 'express';

import { CommonError } from '../../kernel/common-errors.js';
import { readBody } from '../http/body.js';

/** A key with its hundreds of materials. */
const MAX_MESSAGE_BYTES = 4_194_304;

/** What takes messages: `undefined` for what no peer signed for this server just now. */
export interface PeerMessages {
  handle(text: string): Promise<string | undefined>;
}

/**
 * @param server undefined: there are no peers, and nothing takes messages
 * @param publicKey by which other servers know this one; no secret
 */
export function peerRouter(server: PeerMessages | undefined, publicKey: string): Router {
  const router = makeRouter({ caseSensitive: true, strict: true });
  router.get('/identity', (_request, response) => void response.json({ publicKey }));
  if (!server) return router;
  router.post('/', async (request, response) => {
    let body: Buffer;
    try {
      body = await readBody(request, MAX_MESSAGE_BYTES);
    } catch (error) {
      if (error instanceof CommonError) response.status(413).set('Connection', 'close').end();
      else response.destroy();
      return;
    }
    const answer = await server.handle(body.toString('utf8'));
    if (answer === undefined) response.status(403).end();
    else response.status(200).type('application/jose').send(answer);
  });
  return router;
}
