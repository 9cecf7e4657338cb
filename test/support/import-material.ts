import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import {
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  type KMSClient,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms';

/** Wraps as a client of AWS does, with node:crypto; OpenSSL's own wrapping is in import.test.ts. */
export function wrapMaterial(
  material: Uint8Array,
  publicKey: Uint8Array,
  algorithm: string,
): Buffer {
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  const key = { key: Buffer.from(publicKey), format: 'der', type: 'spki' } as const;
  const oaep = (octets: Uint8Array) =>
    publicEncrypt({ ...key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, octets);
  if (!algorithm.startsWith('RSA_AES')) return oaep(material);
  const aesKey = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([oaep(aesKey), cipher.update(material), cipher.final()]);
}

export const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

/** How material is to travel. */
export interface Wrapping {
  readonly WrappingAlgorithm?: string;
  readonly WrappingKeySpec?: WrappingKeySpec;
  readonly wrap?: (
    material: Buffer,
    publicKey: Uint8Array,
    algorithm: string,
  ) => Promise<Buffer> | Buffer;
}

/** ImportKeyMaterial of this material, for ever unless the members say otherwise. */
export async function importOrder(
  client: KMSClient,
  KeyId: string,
  material: Buffer,
  members: Partial<ImportKeyMaterialCommandInput> = FOR_EVER,
  wrapping: Wrapping = {},
): Promise<ImportKeyMaterialCommand> {
  const { WrappingAlgorithm = 'RSAES_OAEP_SHA_256', wrap = wrapMaterial } = wrapping;
  const { ImportToken, PublicKey } = await client.send(
    new GetParametersForImportCommand({
      KeyId,
      WrappingAlgorithm: WrappingAlgorithm as 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: wrapping.WrappingKeySpec ?? 'RSA_2048',
    }),
  );
  const EncryptedKeyMaterial = await wrap(material, PublicKey as Uint8Array, WrappingAlgorithm);
  return new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...members });
}
