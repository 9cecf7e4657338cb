/**
 * Elliptic curves, one row each, by the names that node:crypto and PKCS#11 profiles know them by. No
 * arithmetic here: a token host needs these facts, and starts the faster for not loading the rest.
 */

export interface CurveRow {
  /** Octets of a coordinate. */
  readonly bytes: number;
  /** `crv` of a JSON Web Key (RFC 7518 §6.2.1.1, RFC 8812 §3.1). */
  readonly jwk: string;
  /** The object identifier (RFC 5480 §2.1.1.1, SEC 2 §A.2). */
  readonly oid: string;
  /** The same in DER, in hex: what CKA_EC_PARAMS holds. */
  readonly oidDer: string;
}

const CURVES = {
  prime256v1: {
    bytes: 32,
    jwk: 'P-256',
    oid: '1.2.840.10045.3.1.7',
    oidDer: '06082a8648ce3d030107',
  },
  secp384r1: { bytes: 48, jwk: 'P-384', oid: '1.3.132.0.34', oidDer: '06052b81040022' },
  secp521r1: { bytes: 66, jwk: 'P-521', oid: '1.3.132.0.35', oidDer: '06052b81040023' },
  secp256k1: { bytes: 32, jwk: 'secp256k1', oid: '1.3.132.0.10', oidDer: '06052b8104000a' },
} as const satisfies Record<string, CurveRow>;

export type CurveName = keyof typeof CURVES;

export const curves: Readonly<Record<CurveName, CurveRow>> = CURVES;
