/**
 * Elliptic curves, one row each, by the names that node:crypto knows them by. Source: RFC 5480
 * §2.1.1.1 and SEC 2 §A.2 (object identifiers), RFC 7518 §6.2.1.1 and RFC 8812 §3.1 (`crv`).
 */

export const CURVES = {
  prime256v1: {
    oid: '1.2.840.10045.3.1.7',
    derOid: '06082a8648ce3d030107',
    jwk: 'P-256',
  },
  secp384r1: { oid: '1.3.132.0.34', derOid: '06052b81040022', jwk: 'P-384' },
  secp521r1: { oid: '1.3.132.0.35', derOid: '06052b81040023', jwk: 'P-521' },
  secp256k1: {
    oid: '1.3.132.0.10',
    derOid: '06052b8104000a',
    jwk: 'secp256k1',
  },
} as const;

export type CurveName = keyof typeof CURVES;
