/** Reads a small JSON document over HTTPS from an identity provider, bounded in every way. */

import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import type { IssuerAddresses } from './issuer-address.js';

const TIMEOUT_MS = 5000;
const MAX_BYTES = 262_144;
const MAX_CHAIN = 10;

/** A document that couldn't be had. Why is for the log: to a caller it would tell of our network. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';
}

/**
 * The JSON object at an https URL. Redirects aren't followed. The server's certificate is verified as
 * usual (NODE_EXTRA_CA_CERTS adds authorities); where that fails, a chain is taken whose every
 * signature, name and date is right and whose top certificate has one of the thumbprints, as AWS does.
 * @param thumbprints SHA-1, 40 lower-case hex digits
 * @throws IssuerUnreachable
 */
export async function fetchJson(
  url: URL,
  thumbprints: readonly string[],
  addresses: IssuerAddresses,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    addresses.checkHost(url.hostname);
    return asObject(JSON.parse(await readText(url, thumbprints, addresses)));
  } catch (error) {
    if (error instanceof IssuerUnreachable) throw error;
    throw new IssuerUnreachable(`${url.host}: ${reasonOf(error)}`, { cause: error });
  }
}

function readText(
  url: URL,
  thumbprints: readonly string[],
  { lookup }: IssuerAddresses,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      agent: false,
      headers: { accept: 'application/json' },
      lookup,
      // Decided below, before anything that arrived is looked at.
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const refuse = (reason: string) => {
      call.destroy();
      reject(new IssuerUnreachable(`${url.host}: ${reason}`));
    };
    call.on('error', reject);
    call.on('response', (response) => {
      const socket = response.socket as TLSSocket;
      if (!socket.authorized && !isPinned(socket, url.hostname, thumbprints)) {
        return refuse('its certificate is not trusted, and matches no thumbprint');
      }
      if (response.statusCode !== 200) return refuse(`HTTP status ${response.statusCode}`);
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_BYTES) refuse(`over ${MAX_BYTES} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    call.end();
  });
}

function reasonOf(error: unknown): string {
  const { code, name, message } = Object(error);
  return String(code ?? (name === 'AbortError' ? 'no answer in time' : message));
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('no JSON object');
  return value as Record<string, unknown>;
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
