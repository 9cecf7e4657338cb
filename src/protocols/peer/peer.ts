/** The face of other servers: signed messages on `POST /peer/v1`. */
import { Router as makeRouter, type Router } from 'express';
import { KmsError } from '../../services/kms/errors.js';
import type { PeerServer } from '../../services/kms/peers/peer-server.js';
import { readBody } from '../http/body.js';

/** A key with its hundreds of materials. */
const MAX_MESSAGE_BYTES = 4_194_304;

/** @param publicKey by which other servers know this one; no secret */
export function peerRouter(server: PeerServer, publicKey: string): Router {
  const router = makeRouter({ caseSensitive: true, strict: true });
  router.get('/identity', (_request, response) => void response.json({ publicKey }));
  router.post('/', async (request, response) => {
    let body: Buffer;
    try {
      body = await readBody(request, MAX_MESSAGE_BYTES);
    } catch (error) {
      if (error instanceof KmsError) response.status(413).set('Connection', 'close').end();
      else response.destroy();
      return;
    }
    const answer = await server.handle(body.toString('utf8'));
    if (answer === undefined) response.status(403).end();
    else response.status(200).type('application/jose').send(answer);
  });
  return router;
}
