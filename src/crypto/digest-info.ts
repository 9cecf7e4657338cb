import { DigestInfo } from '@peculiar/asn1-rsa';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { HashName } from './algorithms.js';

/** RFC 8017 §B.1. */
const HASH_OIDS: Readonly<Record<HashName, string>> = {
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** DigestInfo in DER: what PKCS #1 v1.5 signs (RFC 8017 §9.2). */
export function digestInfo(hash: HashName, digest: Buffer): Buffer {
  const info = new DigestInfo({
    digestAlgorithm: new AlgorithmIdentifier({ algorithm: HASH_OIDS[hash], parameters: null }),
    digest: new OctetString(digest),
  });
  return Buffer.from(AsnConvert.serialize(info));
}
