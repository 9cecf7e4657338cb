import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { specRow } from '../../src/crypto/algorithms.js';
import type { CurveName } from '../../src/crypto/curves.js';
import { type KeyKind, keyKinds, pairKinds } from '../support/key-kinds.js';
import { openssl } from '../support/oracles/openssl.js';
import { kmsServer } from './kms-server.js';
import { expectRefusal, noPublicKey } from './refusals.js';
import { canMake, canUse, STORES } from './stores.js';

const server = kmsServer();

/** What OpenSSL's asn1parse calls the curves. */
const CURVE_OIDS: Readonly<Record<CurveName, string>> = {
  prime256v1: 'prime256v1',
  secp384r1: 'secp384r1',
  secp521r1: 'secp521r1',
  secp256k1: 'secp256k1',
};

/** OpenSSL 3.0 knows no lattices: these are numbers (RFC 9881 §2, RFC 9935 §4), and the sizes of the whole. */
const LATTICES: Readonly<Record<string, { readonly oid: string; readonly bytes: number }>> = {
  ML_DSA_44: { oid: '2.16.840.1.101.3.4.3.17', bytes: 1334 },
  ML_DSA_65: { oid: '2.16.840.1.101.3.4.3.18', bytes: 1974 },
  ML_DSA_87: { oid: '2.16.840.1.101.3.4.3.19', bytes: 2614 },
  ML_KEM_512: { oid: '2.16.840.1.101.3.4.4.1', bytes: 822 },
  ML_KEM_768: { oid: '2.16.840.1.101.3.4.4.2', bytes: 1206 },
  ML_KEM_1024: { oid: '2.16.840.1.101.3.4.4.3', bytes: 1590 },
};

/** The objects of the AlgorithmIdentifier, in order. */
function objectsOf({ keySpec }: KeyKind): string[] {
  const { keyType, curve } = specRow(keySpec);
  if (keyType === 'rsa') return ['rsaEncryption'];
  if (curve) return ['id-ecPublicKey', CURVE_OIDS[curve]];
  return [LATTICES[keySpec]?.oid ?? 'ED25519'];
}

const LISTS = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const;

describe.each(STORES)('public keys of %s keys', (store) => {
  it.each(pairKinds.filter((kind) => canMake(store, kind)))('$keySpec $keyUsage', async (kind) => {
    const key = await server.key(store, kind);
    const { PublicKey, $metadata, ...rest } = await server.kms.getPublicKey({ KeyId: key.id });
    expect(rest).toEqual({
      KeyId: key.arn,
      KeySpec: kind.keySpec,
      CustomerMasterKeySpec: kind.keySpec,
      KeyUsage: kind.keyUsage,
      [LISTS[kind.keyUsage]]: kind.algorithms.filter((each) => canUse(store, each)),
    });
    const spki = Buffer.from(PublicKey ?? []);
    const parsed = await openssl(['asn1parse', '-inform', 'DER', '-in', 'key'], { key: spki });
    const objects = [...parsed.toString().matchAll(/OBJECT +:(\S+)/g)].map(([, name]) => name);
    expect(objects).toEqual(objectsOf(kind));
    const lattice = LATTICES[kind.keySpec];
    if (lattice) expect(spki).toHaveLength(lattice.bytes);
    const { keyType, bytes } = specRow(kind.keySpec);
    if (keyType === 'rsa') {
      const { asymmetricKeyDetails } = createPublicKey({ key: spki, format: 'der', type: 'spki' });
      expect(asymmetricKeyDetails).toEqual({ modulusLength: bytes * 8, publicExponent: 65537n });
    }
    const again = await server.publicKey(key);
    expect(again).toEqual(spki);
  });

  it.each(keyKinds.filter((kind) => canMake(store, kind) && !pairKinds.includes(kind)))(
    '$keySpec has none',
    async (kind) => {
      const { id } = await server.key(store, kind);
      await expectRefusal(server.kms.getPublicKey({ KeyId: id }), noPublicKey);
    },
  );
});
