/** The face of other servers: signed messages on `POST /peer/v1`. */

import { Router as makeRouter, type Router } from 'express';

import { CommonError, commonErrors } from '../../kernel/common-errors.js';
import { BodyReader } from '../http/body-reader.js';

/** A key with its hundreds of materials. */
const MAX_MESSAGE_BYTES = 4_194_304;

/** What takes messages: `undefined` for what no peer signed for this server just now. */
export interface PeerMessages {
  handle(text: string): Promise<string | undefined>;
  /** Whether a message that begins so says that it is of a peer: only then is a long one read. */
  namesPeer(head: string): boolean;
}

/**
 * @param server undefined: there are no peers, and nothing takes messages
 * @param publicKey by which other servers know this one; no secret
 */
export function peerRouter(server: PeerMessages | undefined, publicKey: string): Router {
  const router = makeRouter({ caseSensitive: true, strict: true });
  router.get('/identity', (_request, response) => void response.json({ publicKey }));
  if (!server) return router;
  const bodies = new BodyReader(MAX_MESSAGE_BYTES, (_request, head) =>
    server.namesPeer(head.toString('latin1')),
  );
  router.post('/', async (request, response) => {
    let body: Buffer;
    try {
      body = await bodies.read(request);
    } catch (error) {
      if (error instanceof CommonError)
        response.status(commonErrors[error.code].http).set('Connection', 'close').end();
      else response.destroy();
      return;
    }
    const answer = await server.handle(body.toString('utf8'));
    if (answer === undefined) response.status(403).end();
    else response.status(200).type('application/jose').send(answer);
  });
  return router;
}
