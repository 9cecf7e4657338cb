import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { FaceRequest } from '../../pipeline/request.js';

/** What is the same for every face: the signed parts of an HTTP request, and who sent it. */
export function faceRequest(
  request: IncomingMessage,
  /** Path and query as they were sent: a router may have changed `request.url`. */
  target: string,
  body: Buffer,
  face: Pick<FaceRequest, 'route' | 'members'>,
): FaceRequest {
  const { socket } = request;
  return {
    ...face,
    http: {
      method: request.method ?? '',
      target,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
    },
    sourceIp: socket.remoteAddress ?? '',
    tls:
      socket instanceof TLSSocket
        ? { version: socket.getProtocol() ?? '', cipher: socket.getCipher().standardName ?? '' }
        : undefined,
  };
}
