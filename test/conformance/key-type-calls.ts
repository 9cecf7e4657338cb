import { generateKeyPairSync } from 'node:crypto';
import type { Face } from '../support/faces/face.js';
import type { AuditedCall, Json } from './audited-calls.js';

const MESSAGE = Buffer.from('the-message-of-this-test-must-not-be-seen');
const SIGNING = { SigningAlgorithm: 'ECDSA_SHA_256' } as const;
const MAC = { MacAlgorithm: 'HMAC_SHA_256' } as const;
const AGREEMENT = { KeyAgreementAlgorithm: 'ECDH' } as const;
const PAIR = { KeyPairSpec: 'ECC_NIST_P256' } as const;

/** Calls, of the operations for asymmetric and MAC keys, that succeed. */
export type KeyTypeInputs = Readonly<
  Record<string, { readonly keyArn: string; readonly input: Json }>
>;

/** Makes a key of each kind and the signature and MAC that are to be verified. */
export async function keyTypeInputs(call: Face['call']): Promise<KeyTypeInputs> {
  const make = async (members: Parameters<typeof call<'CreateKey'>>[1]) => {
    const { KeyMetadata } = await call('CreateKey', members);
    return { KeyId: KeyMetadata?.KeyId ?? '', keyArn: KeyMetadata?.Arn ?? '' };
  };
  const symmetric = await make({});
  const signing = await make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const mac = await make({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const agreeing = await make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const signed = { KeyId: signing.KeyId, Message: MESSAGE, ...SIGNING };
  const maced = { KeyId: mac.KeyId, Message: MESSAGE, ...MAC };
  const { Signature } = await call('Sign', signed);
  const { Mac } = await call('GenerateMac', maced);
  const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;
  const PublicKey = peer.export({ type: 'spki', format: 'der' });
  const pair = { keyArn: symmetric.keyArn, input: { KeyId: symmetric.KeyId, ...PAIR } };
  return {
    GetPublicKey: { keyArn: signing.keyArn, input: { KeyId: signing.KeyId } },
    Sign: { keyArn: signing.keyArn, input: signed },
    Verify: { keyArn: signing.keyArn, input: { ...signed, Signature } },
    GenerateMac: { keyArn: mac.keyArn, input: maced },
    VerifyMac: { keyArn: mac.keyArn, input: { ...maced, Mac } },
    DeriveSharedSecret: {
      keyArn: agreeing.keyArn,
      input: { KeyId: agreeing.KeyId, ...AGREEMENT, PublicKey },
    },
    GenerateDataKeyPair: pair,
    GenerateDataKeyPairWithoutPlaintext: pair,
  };
}

/** What the record of each shows beside the key's id. */
const SHOWN = {
  GetPublicKey: {},
  Sign: { messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256' },
  Verify: { messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256' },
  GenerateMac: { macAlgorithm: 'HMAC_SHA_256' },
  VerifyMac: { macAlgorithm: 'HMAC_SHA_256' },
  DeriveSharedSecret: { keyAgreementAlgorithm: 'ECDH' },
  GenerateDataKeyPair: { keyPairSpec: 'ECC_NIST_P256' },
  GenerateDataKeyPairWithoutPlaintext: { keyPairSpec: 'ECC_NIST_P256' },
} as const;

export const KEY_TYPE_OPERATIONS = Object.keys(SHOWN) as (keyof typeof SHOWN)[];

/** @param inputs filled in before the first call, by keyTypeInputs. */
export function keyTypeCalls(inputs: () => KeyTypeInputs): readonly AuditedCall[] {
  return KEY_TYPE_OPERATIONS.map((operation) => ({
    operation,
    input: () => inputs()[operation]?.input ?? {},
    recorded: () => ({
      request: { keyId: inputs()[operation]?.input.KeyId, ...SHOWN[operation] },
      response: null,
      resources: [inputs()[operation]?.keyArn ?? ''],
      readOnly: true,
    }),
  }));
}
