import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ecPair, spkiOf } from '../support/oracles/ec-keys.js';
import { kmsServer, octets } from './kms-server.js';
import { smallKinds, uses } from './uses.js';

const server = kmsServer();

/** Every file below a directory, as Latin-1, so that raw octets are found as well. */
async function textsBelow(dir: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    texts.set(path, (await readFile(path)).toString('latin1'));
  }
  return texts;
}

/** The forms in which octets are usually written. */
function formsOf(secret: Buffer): string[] {
  return [
    secret.toString('latin1'),
    secret.toString('base64'),
    secret.toString('base64url'),
    secret.toString('hex'),
    secret.toString('hex').toUpperCase(),
    [...secret].join(),
  ];
}

describe('software', () => {
  it('writes no secret, message, signature or MAC anywhere', async () => {
    const { kms } = server;
    const secrets = new Map<string, Buffer>();
    const keep = (name: string, blob: Uint8Array | undefined) => secrets.set(name, octets(blob));

    const signer = await server.key('software', smallKinds.SIGN_VERIFY);
    const mac = await server.key('software', smallKinds.GENERATE_VERIFY_MAC);
    const agreeing = await server.key('software', smallKinds.KEY_AGREEMENT);
    const symmetric = await server.key('software', smallKinds.ENCRYPT_DECRYPT);
    const Message = randomBytes(64);
    keep('message', Message);
    const signing = { KeyId: signer.id, SigningAlgorithm: 'ECDSA_SHA_256', Message } as const;
    const { Signature } = await kms.sign(signing);
    keep('signature', Signature);
    await kms.verify({ ...signing, Signature });
    await kms.verify({ ...signing, Message: randomBytes(9), Signature }).catch(() => undefined);
    const macMembers = { KeyId: mac.id, MacAlgorithm: 'HMAC_SHA_256', Message } as const;
    const { Mac } = await kms.generateMac(macMembers);
    keep('MAC', Mac);
    await kms.verifyMac({ ...macMembers, Mac });
    await kms.verifyMac({ ...macMembers, Message: randomBytes(9), Mac }).catch(() => undefined);
    const { SharedSecret } = await kms.deriveSharedSecret({
      KeyId: agreeing.id,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: spkiOf(ecPair('prime256v1').publicKey),
    });
    keep('shared secret', SharedSecret);
    const pair = await kms.generateDataKeyPair({
      KeyId: symmetric.id,
      KeyPairSpec: 'ECC_NIST_P256',
    });
    keep('private key', pair.PrivateKeyPlaintext);
    const rsa = await server.key('software', {
      keySpec: 'RSA_2048',
      keyUsage: 'ENCRYPT_DECRYPT',
    });
    const Plaintext = randomBytes(64);
    keep('plaintext', Plaintext);
    const named = { KeyId: rsa.id, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const;
    const { CiphertextBlob } = await kms.encrypt({ ...named, Plaintext });
    await kms.decrypt({ ...named, CiphertextBlob });
    for (const { kind, members, send } of uses) {
      const { id } = await server.key('software', kind);
      await send(kms, id, await members(kms, id));
    }
    await server.strongroom.stop();

    const texts = await textsBelow(server.strongroom.dataDir);
    texts.set('stderr', server.strongroom.log);
    // The search finds what is there: every operation, in the trail.
    for (const { operation } of uses) {
      expect([...texts.values()].some((text) => text.includes(`"${operation}"`))).toBe(true);
    }
    for (const [name, secret] of secrets) {
      const forms = formsOf(secret);
      const places = [...texts].filter(([, text]) => forms.some((form) => text.includes(form)));
      expect({ name, places: places.map(([path]) => path) }).toEqual({ name, places: [] });
    }
  });
});
