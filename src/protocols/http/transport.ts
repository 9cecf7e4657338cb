import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Transport } from '../../pipeline/transport.js';

/**
 * What is the same for every protocol: the signed parts of an HTTP request, and who sent it.
 * @param target path and query as they were sent: a router may have changed `request.url`
 */
export function transportOf(request: IncomingMessage, target: string, body: Buffer): Transport {
  const { socket } = request;
  return {
    http: {
      method: request.method ?? '',
      target,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
    },
    sourceIp: socket.remoteAddress ?? '',
    secure: socket instanceof TLSSocket,
    tls:
      socket instanceof TLSSocket
        ? { version: socket.getProtocol() ?? '', cipher: socket.getCipher().standardName ?? '' }
        : undefined,
  };
}
