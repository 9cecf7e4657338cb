/**
 * Signing and verifying by implementations that this server doesn't use for the same: OpenSSL's
 * command line, liboqs for ML-DSA, and the equation of RFC 8032 for Ed25519ph.
 */

import {
  type KeySpec,
  type MessageType,
  type SignatureScheme,
  type SigningAlgorithm,
  signingRow,
} from '../../../src/crypto/algorithms.js';

import { acceptsEd25519ph } from './ed25519ph.js';
import { acceptsMlDsa } from './ml-dsa.js';
import { openssl, opensslAccepts } from './openssl.js';

/** What was signed, and how. */
export interface Signed {
  readonly keySpec: KeySpec;
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
  readonly message: Buffer;
}

/** The algorithm in OpenSSL's words: options of `dgst` and of `pkeyutl`. */
interface OpensslWords {
  readonly dgst: readonly string[];
  readonly pkeyutl: readonly string[];
}

function words(algorithm: SigningAlgorithm): OpensslWords {
  const { scheme, hash = '' } = signingRow(algorithm);
  const options =
    scheme === 'pss'
      ? ['rsa_padding_mode:pss', 'rsa_pss_saltlen:digest', `rsa_mgf1_md:${hash}`]
      : [];
  return {
    dgst: [`-${hash}`, ...options.flatMap((option) => ['-sigopt', option])],
    pkeyutl: [`digest:${hash}`, ...options].flatMap((option) => ['-pkeyopt', option]),
  };
}

const acceptsWithOpenssl: Accepts = ({ algorithm, messageType, message }, publicKey, signature) => {
  const files = { key: publicKey, message, signature };
  const key = ['-keyform', 'DER'];
  if (messageType === 'DIGEST') {
    const { pkeyutl } = words(algorithm);
    return opensslAccepts(
      [
        ...['pkeyutl', '-verify', '-pubin', ...key, '-inkey', 'key'],
        ...['-in', 'message', '-sigfile', 'signature', ...pkeyutl],
      ],
      files,
    );
  }
  const { dgst } = words(algorithm);
  return opensslAccepts(
    ['dgst', ...dgst, ...key, '-verify', 'key', '-signature', 'signature', 'message'],
    files,
  );
};

const ed25519WithOpenssl: Accepts = ({ message }, publicKey, signature) =>
  opensslAccepts(
    [
      ...['pkeyutl', '-verify', '-rawin', '-pubin', '-keyform', 'DER', '-inkey', 'key'],
      ...['-in', 'message', '-sigfile', 'signature'],
    ],
    { key: publicKey, message, signature },
  );

type Accepts = (signed: Signed, publicKey: Buffer, signature: Buffer) => Promise<boolean>;

const oracles: Readonly<Record<SignatureScheme, Accepts>> = {
  pkcs1: acceptsWithOpenssl,
  pss: acceptsWithOpenssl,
  ecdsa: acceptsWithOpenssl,
  ed25519: ed25519WithOpenssl,
  ed25519ph: async ({ message }, publicKey, signature) =>
    acceptsEd25519ph(publicKey, message, signature),
  'ml-dsa': ({ keySpec, message }, publicKey, signature) =>
    acceptsMlDsa(keySpec, publicKey, message, signature),
};

/** @param publicKey SubjectPublicKeyInfo in DER. ML-DSA: `message` is the message itself, not μ. */
export const acceptsElsewhere: Accepts = (signed, publicKey, signature) =>
  oracles[signingRow(signed.algorithm).scheme](signed, publicKey, signature);

/** A signature by OpenSSL, of the schemes that it has. @param privateKey PKCS #8 in DER. */
export function signWithOpenssl(
  { algorithm, messageType, message }: Signed,
  privateKey: Buffer,
): Promise<Buffer> {
  const files = { key: privateKey, message };
  const key = ['-keyform', 'DER'];
  if (signingRow(algorithm).scheme === 'ed25519') {
    return openssl(
      ['pkeyutl', '-sign', '-rawin', ...key, '-inkey', 'key', '-in', 'message'],
      files,
    );
  }
  const { dgst, pkeyutl } = words(algorithm);
  return messageType === 'DIGEST'
    ? openssl(['pkeyutl', '-sign', ...key, '-inkey', 'key', '-in', 'message', ...pkeyutl], files)
    : openssl(['dgst', ...dgst, ...key, '-sign', 'key', 'message'], files);
}
