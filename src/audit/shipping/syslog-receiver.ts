/**
 * A receiver of syslog over TLS, TCP or UDP. Source: RFC 5425, RFC 6587, RFC 5426.
 *
 * Syslog acknowledges nothing. Each batch goes over a connection of its own, which this end closes: when
 * the receiver then closes its own, it has read to the end. Of UDP nobody ever knows.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIP, isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import type { ConnectionOptions } from 'node:tls';
import { readNamedSecret } from '../../kernel/foreign-files.js';
import { exchange } from './exchange.js';
import type { Receiver } from './receiver.js';
import { framed, syslogMessage } from './syslog-message.js';
import type { ShippedRecord } from './unsent.js';

/** What a datagram holds; what is longer is cut, as RFC 5424 §6.1 allows. */
const MAX_DATAGRAM_BYTES = 65_000;

export interface SyslogOptions {
  readonly transport: 'tls' | 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  /** PEM files, read for each connection so that they can be renewed. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export class SyslogReceiver implements Receiver {
  readonly name = 'syslog';
  readonly #options: SyslogOptions;
  readonly #sender = { host: hostname(), processId: process.pid };

  constructor(options: SyslogOptions) {
    this.#options = options;
  }

  async send(records: readonly ShippedRecord[], stop: AbortSignal): Promise<void> {
    const messages = records.map((record) => syslogMessage(record, this.#sender));
    const { transport, host, port } = this.#options;
    if (transport === 'udp') return this.#sendDatagrams(messages);
    const tls = transport === 'tls' ? this.#tls() : undefined;
    return exchange(connect({ host, port }), tls, Buffer.concat(messages.map(framed)), stop);
  }

  /** @throws StartError, the file system's error */
  #tls(): ConnectionOptions {
    const { host, ca, cert, key } = this.#options;
    return {
      ...{ host, minVersion: 'TLSv1.2' },
      // An address is no name that a client may ask for.
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca: readNamedSecret(ca) }),
      ...(cert !== undefined && { cert: readNamedSecret(cert) }),
      ...(key !== undefined && { key: readNamedSecret(key) }),
    };
  }

  async #sendDatagrams(messages: readonly Buffer[]): Promise<void> {
    const { host, port } = this.#options;
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    try {
      for (const message of messages) {
        await new Promise<void>((resolve, reject) => {
          const datagram = message.subarray(0, MAX_DATAGRAM_BYTES);
          socket.send(datagram, port, host, (error) => (error ? reject(error) : resolve()));
        });
      }
    } finally {
      socket.close();
      await once(socket, 'close');
    }
  }
}
