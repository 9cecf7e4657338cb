import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Transport } from '../../pipeline/transport.js';
import { type Sender, senderOf } from './peers.js';

/**
 * What is the same for every protocol: the signed parts of an HTTP request, and who sent it.
 * @param target path and query as they were sent: a router may have changed `request.url`
 */
export function transportOf(request: IncomingMessage, target: string, body: Buffer): Transport {
  const sender = senderOf(request);
  return {
    http: {
      method: request.method ?? '',
      target,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
    },
    sourceIp: sender.address,
    secure: sender.secure,
    tls: tlsOf(request, sender),
  };
}

/** Of a proxy's own connection nobody wants to know. */
function tlsOf({ socket }: IncomingMessage, { isDirect, certificate }: Sender): Transport['tls'] {
  if (!isDirect || !(socket instanceof TLSSocket)) return undefined;
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName ?? '',
    certificate,
  };
}
