import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const VALID_YEARS = 20;

/**
 * A self-signed certificate (RFC 5280, EC P-256, CN = `id`) in PEM, for CreateCustomKeyStore's
 * TrustAnchorCertificate. Nothing is ever signed under it but itself, so its key is thrown away.
 */
export function makeTrustAnchor(id: string, now: Date): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = toBeSigned(id, now, publicKey, algorithm);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: exactBytes(
      sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), privateKey),
    ),
  });
  return pem('CERTIFICATE', Buffer.from(AsnConvert.serialize(certificate)));
}

function toBeSigned(
  id: string,
  now: Date,
  publicKey: KeyObject,
  signature: AlgorithmIdentifier,
): TBSCertificate {
  const name = new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({
        type: COMMON_NAME,
        value: new AttributeValue({ utf8String: id }),
      }),
    ]),
  ]);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(now.getUTCFullYear() + VALID_YEARS);
  return new TBSCertificate({
    version: Version.v3,
    serialNumber: positiveSerial(),
    signature,
    issuer: name,
    subject: name,
    validity: new Validity({ notBefore: now, notAfter }),
    subjectPublicKeyInfo: AsnConvert.parse(
      publicKey.export({ format: 'der', type: 'spki' }),
      SubjectPublicKeyInfo,
    ),
    extensions: new Extensions([
      critical(id_ce_basicConstraints, new BasicConstraints({ cA: true })),
      critical(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign)),
    ]),
  });
}

function critical(extnID: string, value: BasicConstraints | KeyUsage): Extension {
  return new Extension({
    extnID,
    critical: true,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

/** RFC 5280 §4.1.2.2: at most 20 octets, and positive, which a first octet of 0x40–0x7f gives. */
function positiveSerial(): ArrayBuffer {
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return exactBytes(serial);
}

/** Copies out of Node's shared buffer pool, whose whole length asn1-schema would take. */
function exactBytes(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
