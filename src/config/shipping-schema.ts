/** Who gets a copy of the audit trail. */
import { Type } from 'typebox';
import { path, secret, text } from './setting-kinds.js';

const WEB = '(https://[^\\s/@?#]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?)';

export const ShippingSchema = Type.Optional(
  Type.Object({
    syslog: Type.Optional(
      Type.Object({
        url: Type.Optional(
          text(
            '^(tls|tcp|udp)://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}$',
            512,
            'tls://host:port, or tcp:// or udp:// for what is not encrypted',
            {
              description:
                'Receiver of syslog (RFC 5424) that gets the audit trail: tls://host:6514, or, unencrypted, tcp:// or udp://, of which udp:// may lose records.',
            },
          ),
        ),
        ca: Type.Optional(
          path({
            description:
              'PEM certificates that its certificate is verified by; when absent the system’s.',
          }),
        ),
        cert: Type.Optional(
          path({ description: 'PEM certificate chain of this server as its client.' }),
        ),
        key: Type.Optional(path({ description: 'PEM private key of that certificate.' })),
      }),
    ),
    webhook: Type.Optional(
      Type.Object({
        url: Type.Optional(
          text(
            `^${WEB}([/?][^\\s#]*)?$`,
            2048,
            'an https URL, or an http URL of this machine, without credentials',
            { description: 'Gets the audit trail by POST, as batches of JSON.' },
          ),
        ),
        secret: Type.Optional(
          secret('^[!-~]{16,1024}$', 1024, '16 to 1024 printable characters without blanks', {
            description: 'Signs these posts.',
          }),
        ),
      }),
    ),
  }),
);
