import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTrustAnchor } from '../../../native-setup/softhsm/trust-anchor.js';

const NOW = new Date('2026-01-31T12:00:00Z');

describe('makeTrustAnchor', () => {
  it('is a CA certificate that verifies with its own key', () => {
    const pem = makeTrustAnchor('cluster-softhsmtoken', NOW);
    const certificate = new X509Certificate(pem);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(new Date(certificate.validFrom)).toEqual(NOW);
    expect(new Date(certificate.validTo)).toEqual(new Date('2046-01-31T12:00:00Z'));
    // CreateCustomKeyStore takes a TrustAnchorCertificate of at most 5000 characters.
    expect(pem.length).toBeLessThanOrEqual(5000);
  });

  it('names any id and never repeats a serial or a key', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/), (id) => {
        const certificate = new X509Certificate(makeTrustAnchor(id, NOW));
        expect(certificate.subject).toBe(`CN=${id}`);
        expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
        for (const once of [certificate.serialNumber, certificate.fingerprint256]) {
          expect(seen.has(once)).toBe(false);
          seen.add(once);
        }
      }),
      { numRuns: 30 },
    );
  });
});
