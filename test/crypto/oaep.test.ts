import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type OaepAlgorithm, oaepHashes } from '../../src/crypto/algorithms.js';
import { openOaep, sealOaep } from '../../src/crypto/oaep.js';
import { openssl } from '../support/oracles/openssl.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const algorithms = Object.keys(oaepHashes) as OaepAlgorithm[];

function pkeyutl(algorithm: OaepAlgorithm, action: readonly string[], key: Buffer, input: Buffer) {
  const { hash } = oaepHashes[algorithm];
  const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`];
  return openssl(
    [
      ...['pkeyutl', ...action, '-keyform', 'DER', '-inkey', 'key', '-in', 'input'],
      ...options.flatMap((option) => ['-pkeyopt', option]),
    ],
    { key, input },
  );
}

describe.each(algorithms)('%s', (algorithm) => {
  it('seals what OpenSSL opens', async () => {
    const plaintext = randomBytes(100);
    const key = privateKey.export({ format: 'der', type: 'pkcs8' });
    const sealed = sealOaep(algorithm, publicKey, plaintext);
    expect(await pkeyutl(algorithm, ['-decrypt'], key, sealed)).toEqual(plaintext);
  });

  it('opens what OpenSSL sealed', async () => {
    const plaintext = randomBytes(100);
    const key = publicKey.export({ format: 'der', type: 'spki' });
    const ciphertext = await pkeyutl(algorithm, ['-encrypt', '-pubin'], key, plaintext);
    expect(openOaep({ algorithm, key: privateKey, ciphertext })).toEqual(plaintext);
  });

  it.each([0, 1, 255, 256, 257])('opens nothing of %i octets of anything', (length) => {
    const ciphertext = randomBytes(length);
    expect(openOaep({ algorithm, key: privateKey, ciphertext })).toBeUndefined();
  });
});
