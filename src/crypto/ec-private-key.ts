/**
 * An elliptic curve's private key as AWS writes it: PKCS #8 whose ECPrivateKey names the curve, too
 * (RFC 5915 §3, `parameters [0]`). OpenSSL leaves out what the AlgorithmIdentifier has said already.
 */

import { type DerElement, der, readDer } from './der.js';

const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const PARAMETERS = 0xa0;
const NOTHING = Buffer.alloc(0);

/**
 * @param pkcs8 as OpenSSL writes it; it is left as it is
 * @throws Error for whatever isn't the PKCS #8 of a named curve's key
 */
export function withCurveInside(pkcs8: Buffer): Buffer {
  const [version, algorithm, secret] = membersOf(readDer(pkcs8)[0]);
  const [, curve] = membersOf(algorithm);
  const [ecVersion, scalar, ...others] = membersOf(readDer(secret?.contents ?? NOTHING)[0]);
  if (!version || !algorithm || !curve || !ecVersion || !scalar) {
    throw new Error('not the private key of a named curve');
  }
  const publicKey = others.filter(({ tag }) => tag !== PARAMETERS);
  const parts = [
    ...[ecVersion, scalar].map(whole),
    der(PARAMETERS, whole(curve)),
    ...publicKey.map(whole),
  ];
  const ecPrivateKey = der(SEQUENCE, ...parts);
  const octets = der(OCTET_STRING, ecPrivateKey);
  const exported = der(SEQUENCE, whole(version), whole(algorithm), octets);
  for (const copy of [...parts, ecPrivateKey, octets]) copy.fill(0);
  return exported;
}

const whole = ({ tag, contents }: DerElement): Buffer => der(tag, contents);

const membersOf = (element: DerElement | undefined) => readDer(element?.contents ?? NOTHING);
