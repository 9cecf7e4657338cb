import { generateKeyPairSync } from 'node:crypto';
import { ECParameters } from '@peculiar/asn1-ecc';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SubjectPublicKeyInfo } from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';
import { type CurveName, curves } from '../../src/crypto/curves.js';

const names = Object.keys(curves) as CurveName[];

describe.each(names)("%s, held against OpenSSL's keys", (name) => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: name });
  const { parameters } = AsnConvert.parse(
    publicKey.export({ type: 'spki', format: 'der' }),
    SubjectPublicKeyInfo,
  ).algorithm;

  it('has its object identifier, spelt and in DER', () => {
    expect(AsnConvert.parse(parameters ?? new ArrayBuffer(0), ECParameters).namedCurve).toBe(
      curves[name].oid,
    );
    expect(Buffer.from(parameters ?? new ArrayBuffer(0)).toString('hex')).toBe(curves[name].oidDer);
  });

  it("has its JSON Web Key's name and the length of a coordinate", () => {
    const { crv, x = '' } = publicKey.export({ format: 'jwk' });
    expect(crv).toBe(curves[name].jwk);
    expect(Buffer.from(x, 'base64url')).toHaveLength(curves[name].bytes);
  });
});
