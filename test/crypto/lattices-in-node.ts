/** Runs in Node 24: this server's own code, which there uses node:crypto. Octets in base64. */
import type { KeySpec, MessageType } from '../../src/crypto/algorithms.js';
import { makeKeyPair } from '../../src/crypto/key-pairs.js';
import { decapsulate, encapsulate } from '../../src/crypto/ml-kem.js';
import { openPrivateKey, openPublicKey } from '../../src/crypto/open-keys.js';
import { checkSignature, makeSignature } from '../../src/crypto/signatures.js';

interface MessageForm {
  readonly messageType: MessageType;
  readonly message: string;
  readonly signature: string;
}

interface Asked {
  readonly keySpec: KeySpec;
  readonly seed: string;
  readonly ciphertexts?: readonly string[];
  readonly messages?: readonly MessageForm[];
}

interface Keys {
  /** Of the opened private and public key. */
  readonly types: readonly string[];
  readonly publicKey: string;
}

export interface KemAnswer extends Keys {
  readonly secrets: readonly string[];
  readonly encapsulated: { readonly secret: string; readonly ciphertext: string };
}

export interface SigningAnswer extends Keys {
  readonly signatures: readonly string[];
  readonly verdicts: readonly boolean[];
}

const octets = (text: string) => Buffer.from(text, 'base64');
const text = (buffer: Buffer) => buffer.toString('base64');

function keysOf({ keySpec, seed }: Asked) {
  const pair = makeKeyPair(keySpec, octets(seed));
  return {
    publicKey: pair.publicKey,
    verifying: openPublicKey(keySpec, pair.publicKey),
    key: openPrivateKey(keySpec, octets(seed)),
  };
}

function kem(asked: Asked): KemAnswer {
  const { keySpec, ciphertexts = [] } = asked;
  const { publicKey, verifying, key } = keysOf(asked);
  const { secret, ciphertext } = encapsulate({ keySpec, publicKey: verifying });
  return {
    types: [key.type, verifying.type],
    publicKey: text(publicKey),
    secrets: ciphertexts.map((one) => text(decapsulate({ keySpec, key, ciphertext: octets(one) }))),
    encapsulated: { secret: text(secret), ciphertext: text(ciphertext) },
  };
}

function signing(asked: Asked): SigningAnswer {
  const { keySpec, messages = [] } = asked;
  const { publicKey, verifying, key } = keysOf(asked);
  const taskOf = ({ messageType, message }: MessageForm) => ({
    ...{ keySpec, messageType, algorithm: 'ML_DSA_SHAKE_256' as const },
    message: octets(message),
  });
  return {
    types: [key.type, verifying.type],
    publicKey: text(publicKey),
    signatures: messages.map((form) => text(makeSignature({ ...taskOf(form), key }))),
    verdicts: messages.map((form) =>
      checkSignature({
        ...taskOf(form),
        publicKey: verifying,
        signature: octets(form.signature),
      }),
    ),
  };
}

const all = JSON.parse(process.argv[2] ?? '[]') as Asked[];
process.stdout.write(
  JSON.stringify(all.map((asked) => (asked.messages ? signing(asked) : kem(asked)))),
);
