/** A certificate authority and a server's certificate for loopback, by OpenSSL. */
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PEM files, in a directory that the caller removes. */
export interface Certificate {
  readonly dir: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export async function makeCertificate(): Promise<Certificate> {
  const dir = await mkdtemp(join(tmpdir(), 'strongroom-clients-tls-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: dir });
  const pair = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const subject = (name: string) => ['-subj', `/CN=${name}`];
  const own = ['-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2'];
  await openssl('req', '-x509', ...pair, ...own, ...subject('Clients of Strongroom'));
  const asked = ['-keyout', 'server.key', '-out', 'server.csr'];
  await openssl('req', ...pair, ...asked, ...subject('localhost'));
  // webpki of rustls wants extendedKeyUsage, and a certificate that is no authority's.
  await writeFile(
    join(dir, 'server.cnf'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n',
  );
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
  const files = ['-in', 'server.csr', '-out', 'server.crt', '-extfile', 'server.cnf'];
  await openssl('x509', '-req', ...signing, ...files);
  const file = (name: string) => join(dir, name);
  return { dir, ca: file('ca.crt'), cert: file('server.crt'), key: file('server.key') };
}
