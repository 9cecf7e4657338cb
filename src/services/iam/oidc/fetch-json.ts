/** Reads a small JSON document over HTTPS from an identity provider, bounded in every way. */

import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import type { ServiceError } from '../../../kernel/service-error.js';
import { iamError } from '../errors.js';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 262_144;
const MAX_CHAIN = 10;

/**
 * The JSON at an https URL. Redirects aren't followed. The server's certificate is verified as usual
 * (NODE_EXTRA_CA_CERTS adds authorities); where that fails, a chain is taken whose every signature,
 * name and date is right and whose top certificate has one of the thumbprints, as AWS does.
 * @param thumbprints SHA-1, 40 lower-case hex digits
 * @throws ServiceError IDPCommunicationError, InvalidIdentityToken
 */
export function fetchJson(url: string, thumbprints: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(communicationError());
    const call = request(
      url,
      {
        agent: false,
        headers: { accept: 'application/json' },
        // Decided below, before anything that arrived is looked at.
        rejectUnauthorized: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        const socket = response.socket as TLSSocket;
        if (!socket.authorized && !isPinned(socket, new URL(url).hostname, thumbprints)) {
          call.destroy();
          reject(untrusted());
          return;
        }
        if (response.statusCode !== 200) {
          call.destroy();
          fail();
          return;
        }
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_BYTES) {
            call.destroy();
            fail();
          } else chunks.push(chunk);
        });
        response.on('error', fail);
        response.on('end', () => {
          try {
            resolve(asObject(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
          } catch {
            fail();
          }
        });
      },
    );
    call.on('error', fail);
    call.end();
  });
}

function asObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new TypeError('no JSON object');
  return value;
}

/** Whether the presented chain leads, certificate by certificate, to one with a known thumbprint. */
function isPinned(socket: TLSSocket, host: string, thumbprints: readonly string[]): boolean {
  const peer = socket.getPeerCertificate(true);
  if (thumbprints.length === 0 || !peer.raw) return false;
  if (checkServerIdentity(host, peer) !== undefined) return false;
  const chain: X509Certificate[] = [];
  for (let at = peer; chain.length < MAX_CHAIN; at = at.issuerCertificate) {
    chain.push(new X509Certificate(at.raw));
    if (!at.issuerCertificate || at.issuerCertificate.fingerprint256 === at.fingerprint256) break;
  }
  const now = Date.now();
  return chain.every((certificate, index) => {
    const issuer = chain[index + 1];
    const inTime =
      Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    if (!inTime) return false;
    if (issuer) {
      return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
    }
    const thumbprint = certificate.fingerprint.replaceAll(':', '').toLowerCase();
    return thumbprints.includes(thumbprint);
  });
}

function communicationError(): ServiceError {
  return iamError('IDPCommunicationError', 'Error communicating with the identity provider.');
}

function untrusted(): ServiceError {
  return iamError(
    'InvalidIdentityToken',
    "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
  );
}
