/**
 * The shapes that operations are declared with: every limit of the KMS model, once.
 * Source: AWS KMS API model 2014-11-01 (shared reference, operations.md §11).
 *
 * Beside JSON Schema's own words a shape may carry `sensitive` (its value never appears in an error)
 * and, for blobs, `minBytes`/`maxBytes` of the decoded octets. The order of an enumeration is the one
 * AWS prints in its constraint text where that is known, else the model's.
 */

import { type Static, Type } from 'typebox';
import {
  DATA_KEY_PAIR_SPECS,
  ENCAPSULATION_ALGORITHMS,
  ENCRYPTION_ALGORITHMS,
  KEY_SPECS,
  KEY_USAGES,
  MAC_ALGORITHMS,
  MESSAGE_TYPES,
  SIGNING_ALGORITHMS,
  specRow,
} from '../../crypto/algorithms.js';
import { Blob, OneOf, Timestamp } from '../../declare/shape-kinds.js';
import { CONNECTION_ERROR_CODES } from '../../keystores/contract/connection-error.js';
import { EXPIRATION_MODELS } from '../../keystores/contract/material.js';

export const KeyIdRef = Type.String({ minLength: 1, maxLength: 2048 });
export const AliasName = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[a-zA-Z0-9:/_-]+$',
});
export const Description = Type.String({ minLength: 0, maxLength: 8192 });
export const Limit = Type.Integer({ minimum: 1, maximum: 1000 });
export const Marker = Type.String({ minLength: 1, maxLength: 1024, pattern: '[\\u0020-\\u00FF]*' });
export const PolicyName = Type.String({ minLength: 1, maxLength: 128, pattern: '[\\w]+' });
export const Policy = Type.String({
  minLength: 1,
  maxLength: 131072,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
});
export const EncryptionContext = Type.Record(Type.String(), Type.String({ allowsNul: true }));
export const GrantTokens = Type.Array(Type.String({ minLength: 1, maxLength: 8192 }), {
  minItems: 0,
  maxItems: 10,
});
export const TagKey = Type.String({ minLength: 1, maxLength: 128 });
export const Tag = Type.Object({
  TagKey,
  TagValue: Type.String({ minLength: 0, maxLength: 256 }),
});
export const Tags = Type.Array(Tag);
export const CiphertextBlob = Blob(1, 6144);
export const Plaintext = Blob(1, 4096, { sensitive: true });
export const NumberOfBytes = Type.Integer({ minimum: 1, maximum: 1024 });
export const PendingWindowInDays = Type.Integer({ minimum: 1, maximum: 365 });
export const KeyMaterialId = Type.String({
  minLength: 64,
  maxLength: 64,
  pattern: '^[a-f0-9]+$',
});

export const KeySpec = OneOf(KEY_SPECS);
export const CustomerMasterKeySpec = OneOf(
  KEY_SPECS.filter((keySpec) => !specRow(keySpec).withoutOldName),
);
export const KeyUsage = OneOf(KEY_USAGES);
export const Origin = OneOf(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']);
export const ExpirationModel = OneOf(EXPIRATION_MODELS);
export const WrappingAlgorithm = OneOf([
  'RSAES_PKCS1_V1_5',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
  'SM2PKE',
]);
export const WrappingKeySpec = OneOf(['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2']);
export const ImportType = OneOf(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL']);
export const KeyMaterialDescription = Type.String({
  minLength: 0,
  maxLength: 256,
  pattern: '^[a-zA-Z0-9:/_\\s.-]+$',
});
export const RegionName = Type.String({
  minLength: 1,
  maxLength: 32,
  pattern: '^([a-z]+-){2,3}\\d+$',
});
export const RotationPeriodInDays = Type.Integer({ minimum: 90, maximum: 2560 });
export const EncryptionAlgorithm = OneOf(ENCRYPTION_ALGORITHMS, { default: 'SYMMETRIC_DEFAULT' });
export const SigningAlgorithm = OneOf(SIGNING_ALGORITHMS);
export const MacAlgorithm = OneOf(MAC_ALGORITHMS);
export const KeyAgreementAlgorithm = OneOf(['ECDH']);
export const EncapsulationAlgorithm = OneOf(ENCAPSULATION_ALGORITHMS);
export const MessageType = OneOf(MESSAGE_TYPES, { default: 'RAW' });
export const DataKeyPairSpec = OneOf(DATA_KEY_PAIR_SPECS);
/** What Sign, Verify, GenerateMac and VerifyMac are about. */
export const Message = Blob(1, 4096, { sensitive: true });
export const Signature = Blob(1, 6144);
export const Mac = Blob(1, 6144);
/** A public key as X.509 SubjectPublicKeyInfo in DER. */
export const PublicKey = Blob(1, 8192);
export const DataKeySpec = OneOf(['AES_256', 'AES_128']);
export const DryRunModifiers = Type.Array(OneOf(['IGNORE_CIPHERTEXT']));
export const RecipientInfo = Type.Object({
  KeyEncryptionAlgorithm: Type.Optional(OneOf(['RSAES_OAEP_SHA_256'])),
  AttestationDocument: Type.Optional(Blob(1, 262144)),
});

const CustomKeyStoreType = OneOf(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']);
const XksProxyUriEndpoint = Type.String({
  minLength: 10,
  maxLength: 128,
  pattern: '^https://[a-zA-Z0-9.-]+$',
});
const XksProxyUriPath = Type.String({
  minLength: 10,
  maxLength: 128,
  pattern: '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$',
});
const XksProxyVpcEndpointServiceName = Type.String({
  minLength: 20,
  maxLength: 64,
  pattern: '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$',
});

export const CustomKeyStoreId = Type.String({ minLength: 1, maxLength: 64 });
export const CustomKeyStoreName = Type.String({ minLength: 1, maxLength: 256 });
export const CloudHsmClusterId = Type.String({
  minLength: 19,
  maxLength: 24,
  pattern: 'cluster-[2-7a-zA-Z]{11,16}',
});
export const TrustAnchorCertificate = Type.String({ minLength: 1, maxLength: 5000 });
export const KeyStorePassword = Type.String({ minLength: 7, maxLength: 32, sensitive: true });

/** The members that describe an XKS proxy, the same in CreateCustomKeyStore and its update. */
export const xksProxyMembers = {
  XksProxyUriEndpoint: Type.Optional(XksProxyUriEndpoint),
  XksProxyUriPath: Type.Optional(XksProxyUriPath),
  XksProxyVpcEndpointServiceName: Type.Optional(XksProxyVpcEndpointServiceName),
  XksProxyVpcEndpointServiceOwner: Type.Optional(
    Type.String({ minLength: 12, maxLength: 12, pattern: '[0-9]{12}' }),
  ),
  XksProxyAuthenticationCredential: Type.Optional(
    Type.Object({
      AccessKeyId: Type.String({
        minLength: 20,
        maxLength: 30,
        pattern: '^[A-Z2-7]+$',
        sensitive: true,
      }),
      RawSecretAccessKey: Type.String({
        minLength: 43,
        maxLength: 64,
        pattern: '^[a-zA-Z0-9\\/+=]+$',
        sensitive: true,
      }),
    }),
  ),
  XksProxyConnectivity: Type.Optional(OneOf(['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE'])),
};
export { CustomKeyStoreType };

/** What a public key is for: of these exactly the one that suits the key's usage is answered. */
export const publicKeyAlgorithms = {
  EncryptionAlgorithms: Type.Optional(Type.Array(EncryptionAlgorithm)),
  SigningAlgorithms: Type.Optional(Type.Array(SigningAlgorithm)),
  KeyAgreementAlgorithms: Type.Optional(Type.Array(KeyAgreementAlgorithm)),
  EncapsulationAlgorithms: Type.Optional(Type.Array(EncapsulationAlgorithm)),
};

/** The same of every key. */
const algorithmLists = {
  ...publicKeyAlgorithms,
  MacAlgorithms: Type.Optional(Type.Array(MacAlgorithm)),
};

const MultiRegionKey = Type.Object({
  Arn: Type.String({ minLength: 20, maxLength: 2048 }),
  Region: RegionName,
});
export const MultiRegionConfiguration = Type.Object({
  MultiRegionKeyType: OneOf(['PRIMARY', 'REPLICA']),
  PrimaryKey: MultiRegionKey,
  ReplicaKeys: Type.Array(MultiRegionKey),
});

export const KeyMetadata = Type.Object({
  AWSAccountId: Type.String(),
  KeyId: KeyIdRef,
  Arn: Type.String({ minLength: 20, maxLength: 2048 }),
  CreationDate: Timestamp,
  Enabled: Type.Boolean(),
  Description,
  KeyUsage,
  KeyState: OneOf([
    'Creating',
    'Enabled',
    'Disabled',
    'PendingDeletion',
    'PendingImport',
    'PendingReplicaDeletion',
    'Unavailable',
    'Updating',
  ]),
  DeletionDate: Type.Optional(Timestamp),
  ValidTo: Type.Optional(Timestamp),
  Origin,
  CustomKeyStoreId: Type.Optional(CustomKeyStoreId),
  CloudHsmClusterId: Type.Optional(CloudHsmClusterId),
  ExpirationModel: Type.Optional(ExpirationModel),
  KeyManager: OneOf(['AWS', 'CUSTOMER']),
  CustomerMasterKeySpec: KeySpec,
  KeySpec,
  ...algorithmLists,
  MultiRegion: Type.Boolean(),
  MultiRegionConfiguration: Type.Optional(MultiRegionConfiguration),
  PendingDeletionWindowInDays: Type.Optional(PendingWindowInDays),
  CurrentKeyMaterialId: Type.Optional(KeyMaterialId),
});

export const ConnectionState = OneOf([
  'CONNECTED',
  'CONNECTING',
  'FAILED',
  'DISCONNECTED',
  'DISCONNECTING',
]);
export const ConnectionErrorCode = OneOf(CONNECTION_ERROR_CODES);
export const CustomKeyStoresListEntry = Type.Object({
  CustomKeyStoreId,
  CustomKeyStoreName,
  CloudHsmClusterId: Type.Optional(CloudHsmClusterId),
  TrustAnchorCertificate: Type.Optional(TrustAnchorCertificate),
  ConnectionState,
  ConnectionErrorCode: Type.Optional(ConnectionErrorCode),
  CreationDate: Timestamp,
  CustomKeyStoreType,
});

/** The paging members of every List operation's answer. */
export const pageMembers = {
  NextMarker: Type.Optional(Marker),
  Truncated: Type.Boolean(),
};

export type TagEntry = Static<typeof Tag>;
export type KeyMetadata = Static<typeof KeyMetadata>;
export type Origin = Static<typeof Origin>;
export type WrappingAlgorithm = Static<typeof WrappingAlgorithm>;
export type WrappingKeySpec = Static<typeof WrappingKeySpec>;
export type ConnectionState = Static<typeof ConnectionState>;
