/** The server's certificate and key, from the files that the settings name. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readNamedSecret } from '../../kernel/foreign-files.js';
import { StartError } from '../../kernel/start-error.js';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Who issues the certificates that clients present; absent: they are asked for none. */
  readonly clientCa?: string | undefined;
  /** Whether a client must present one. */
  readonly clientCertificates?: 'required' | 'optional' | undefined;
}

/** @throws StartError that names the setting and the file */
export async function readCertificate({ cert, key, clientCa }: TlsFiles) {
  const read = {
    cert: await readFile(cert).catch((error) => unreadable('tls.cert', cert, error)),
    key: readKey(key),
    ...(clientCa !== undefined && { ca: await readAuthorities(clientCa) }),
  };
  // OpenSSL's own words name neither the setting nor the file.
  const certificate = attempt(() => new X509Certificate(read.cert));
  if (!certificate) throw new StartError(`tls.cert: ${cert} is no PEM certificate`);
  const privateKey = attempt(() => createPrivateKey(read.key));
  if (!privateKey) {
    throw new StartError(`tls.key: ${key} is no PEM private key without a passphrase`);
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new StartError(`tls.key: ${key} is not the key of the certificate in tls.cert: ${cert}`);
  }
  return read;
}

/** When the first certificate of a PEM file ends, in epoch milliseconds. */
export function endOf(cert: Buffer): number {
  return Date.parse(new X509Certificate(cert).validTo);
}

/** @throws StartError unless there is one, and each is one */
async function readAuthorities(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error) =>
    unreadable('tls.clientCa', path, error),
  );
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0 || !found.every((pem) => attempt(() => new X509Certificate(pem)))) {
    throw new StartError(`tls.clientCa: ${path} has no PEM certificate, or one that is none`);
  }
  return found;
}

function readKey(path: string): Buffer {
  try {
    return readNamedSecret(path);
  } catch (error) {
    if (error instanceof StartError) throw error;
    return unreadable('tls.key', path, error as NodeJS.ErrnoException);
  }
}

function unreadable(setting: string, path: string, { code }: NodeJS.ErrnoException): never {
  throw new StartError(`${setting}: ${path} can't be read (${code})`);
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
