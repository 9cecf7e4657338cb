import { X509Certificate } from 'node:crypto';
import { StartError } from '../kernel/start-error.js';
import { readCertificate, type TlsFiles } from '../protocols/http/certificate.js';

export interface CertificateExpiry {
  readonly file: string;
  /** ISO 8601; undefined: `why`. */
  readonly notAfter?: string;
  readonly why?: string;
}

/** Until when the certificate in a file is good, as the next start or reload would find it. */
export async function certificateExpiry(tls: TlsFiles): Promise<CertificateExpiry> {
  const file = tls.cert;
  try {
    const { cert } = await readCertificate(tls);
    return { file, notAfter: new Date(new X509Certificate(cert).validTo).toISOString() };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { file, why: error.message };
  }
}
