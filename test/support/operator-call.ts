import { type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import type { Strongroom } from './strongroom.js';

interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export const socketOf = ({ dataDir }: Pick<Strongroom, 'dataDir'>) =>
  join(dataDir, 'run', 'operator.sock');

/** One request over a Unix socket. */
export function overSocket(socketPath: string, { path = '/', body = '', ...asked }: Asked) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request({ socketPath, path, method: 'POST', ...asked }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A call of KMS that nobody has signed. */
export function unsignedCall(operation: string, members: object = {}, headers = {}): Asked {
  return {
    headers: {
      'x-amz-target': `TrentService.${operation}`,
      'content-type': 'application/x-amz-json-1.1',
      ...headers,
    },
    body: JSON.stringify(members),
  };
}
