import { expect, it } from 'vitest';
import type { ServiceError } from '../../../src/kernel/service-error.js';

import { refuse } from '../../../src/services/kms/refusals.js';

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const ALIAS = 'arn:aws:kms:us-east-1:111122223333:alias/a';

type Row = readonly [
  name: keyof typeof refuse,
  details: readonly string[],
  code: string,
  message: string | undefined,
];

/** Every refusal in AWS's words; `undefined`: AWS answers the code alone. */
const rows: readonly Row[] = [
  ['invalidKeyId', ['x'], 'NotFoundException', "Invalid keyId 'x'"],
  ['invalidArnRegion', ['eu-west-1'], 'NotFoundException', 'Invalid arn eu-west-1'],
  ['malformedArn', ['arn:x'], 'InvalidArnException', "Invalid ARN 'arn:x'"],
  [
    'aliasNotSupported',
    [],
    'InvalidArnException',
    'Key Aliases are not supported for this operation.',
  ],
  ['keyNotFound', [ARN], 'NotFoundException', `Key '${ARN}' does not exist`],
  ['aliasNotFound', [ALIAS], 'NotFoundException', `Alias ${ALIAS} is not found.`],
  [
    'aliasExists',
    [ALIAS],
    'AlreadyExistsException',
    `An alias with the name ${ALIAS} already exists`,
  ],
  [
    'aliasMoved',
    [ALIAS],
    'KMSInvalidStateException',
    `Alias ${ALIAS} was changed by another request at the same time.`,
  ],
  ['grantNotFound', ['ab'], 'NotFoundException', 'Grant ID ab not found'],
  [
    'retireGrant',
    ['arn:aws:iam::111122223333:user/a', ARN],
    'AccessDeniedException',
    `User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:RetireGrant on resource: ${ARN} because no resource-based policy allows the kms:RetireGrant action`,
  ],
  ['policyNotFound', [], 'NotFoundException', 'No such policy exists'],
  ['disabled', [ARN], 'DisabledException', `${ARN} is disabled.`],
  ['pendingDeletion', [ARN], 'KMSInvalidStateException', `${ARN} is pending deletion.`],
  [
    'pendingReplicaDeletion',
    [ARN],
    'KMSInvalidStateException',
    `${ARN} is pending replica deletion.`,
  ],
  ['notPendingDeletion', [ARN], 'KMSInvalidStateException', `${ARN} is not pending deletion.`],
  ['pendingImport', [ARN], 'KMSInvalidStateException', `${ARN} is pending import.`],
  ['unavailable', [ARN], 'KMSInvalidStateException', `${ARN} is unavailable.`],
  [
    'origin',
    [ARN, 'AWS_CLOUDHSM'],
    'UnsupportedOperationException',
    `${ARN} origin is AWS_CLOUDHSM which is not valid for this operation.`,
  ],
  [
    'externalOrigin',
    [ARN],
    'UnsupportedOperationException',
    `${ARN} origin is EXTERNAL which is not valid for this operation.`,
  ],
  ['unrotatable', [], 'UnsupportedOperationException', undefined],
  [
    'notPrimary',
    [ARN],
    'UnsupportedOperationException',
    `${ARN} is not a multi-region primary key.`,
  ],
  [
    'noPendingMaterial',
    [ARN],
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${ARN}.`,
  ],
  [
    'replicaLacksMaterial',
    [],
    'KMSInvalidStateException',
    'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
  ],
  [
    'otherPendingMaterial',
    ['aa', ARN, 'bb'],
    'KMSInvalidStateException',
    `New key material (id: aa) cannot be imported into KMS key ${ARN}, because another key material (id: bb) is pending rotation.`,
  ],
  [
    'onDemandRotations',
    [ARN],
    'LimitExceededException',
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${ARN}`,
  ],
  [
    'changedMeanwhile',
    [ARN],
    'ConflictException',
    `${ARN} was changed by another request at the same time.`,
  ],
  [
    'rotationAtHand',
    [ARN],
    'ConflictException',
    `An automatic rotation of ${ARN} is in progress or due within 20 minutes.`,
  ],
  [
    'customKeyStoreIdWithOrigin',
    [],
    'ValidationException',
    'CustomKeyStoreId can be specified only with Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE.',
  ],
  ['limitExceeded', ['x'], 'LimitExceededException', 'x'],
  [
    'replica',
    [ARN, 'RotateKeyOnDemand'],
    'UnsupportedOperationException',
    `${ARN} is a multi-region replica key which is not valid for RotateKeyOnDemand.`,
  ],
  [
    'primaryElsewhere',
    [ARN],
    'KMSInvalidStateException',
    `${ARN} is not a multi-Region primary key.`,
  ],
  [
    'noReplicaThere',
    ['mrk-1'],
    'ValidationException',
    'mrk-1 does not have a replica key in the specified Region.',
  ],
  [
    'unexpectedMaterial',
    ['aa'],
    'IncorrectKeyMaterialException',
    'Imported key material does not have the expected identifier (aa).',
  ],
  [
    'knownMaterial',
    ['aa', ARN],
    'IncorrectKeyMaterialException',
    `Key material (id: aa) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${ARN}.`,
  ],
  [
    'wrapping',
    ['RSAES_PKCS1_V1_5', 'RSA_2048', 'HMAC_256'],
    'ValidationException',
    'Wrapping algorithm RSAES_PKCS1_V1_5 and wrapping key spec RSA_2048 cannot be used to import a HMAC_256 key.',
  ],
  ['invalidImportToken', [], 'InvalidImportTokenException', undefined],
  ['expiredImportToken', [], 'ExpiredImportTokenException', 'The import token has expired.'],
  [
    'unknownRegion',
    ['us-invalid-1'],
    'ValidationException',
    'Region us-invalid-1 is not a valid Region or multi-Region keys are not supported in Region us-invalid-1.',
  ],
  [
    'replicaExists',
    [],
    'AlreadyExistsException',
    'You can create only one replica of each primary key in each AWS Region.',
  ],
  [
    'neverImported',
    ['aa', ARN],
    'ValidationException',
    `Key material (id: aa) has never been imported into KMS key ${ARN}.`,
  ],
  ['creating', [ARN], 'KMSInvalidStateException', `${ARN} is creating.`],
  ['updating', [ARN], 'KMSInvalidStateException', `${ARN} is updating.`],
  [
    'clusterUnreachable',
    [],
    'KMSInvalidStateException',
    'KMS cannot communicate with your CloudHSM cluster',
  ],
  [
    'keyUsage',
    [ARN, 'SIGN_VERIFY', 'Encrypt'],
    'InvalidKeyUsageException',
    `${ARN} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
  ],
  [
    'algorithm',
    ['RSAES_OAEP_SHA_256', 'SYMMETRIC_DEFAULT'],
    'InvalidKeyUsageException',
    'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
  ],
  [
    'incorrectKey',
    [],
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  ],
  ['invalidCiphertext', [], 'InvalidCiphertextException', undefined],
  [
    'unknownCiphertextKey',
    [],
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  ],
  [
    'crossAccount',
    ['arn:aws:iam::1:root', 'kms:Encrypt'],
    'AccessDeniedException',
    'User: arn:aws:iam::1:root is not authorized to perform: kms:Encrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access',
  ],
  [
    'dryRun',
    [],
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  ],
  ['validation', ['v'], 'ValidationException', 'v'],
  [
    'missingMember',
    ['keyId'],
    'ValidationException',
    "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
  ],
  ['unsupported', ['u'], 'UnsupportedOperationException', 'u'],
  ['customKeyStoreState', ['c'], 'CustomKeyStoreInvalidStateException', 'c'],
  [
    'customKeyStoreNotFound',
    ['cks-1'],
    'CustomKeyStoreNotFoundException',
    'Custom key store cks-1 does not exist.',
  ],
  ['invalidMarker', ['m'], 'InvalidMarkerException', "Could not deserialize marker 'm'"],
];

it.each(rows)('%s says %j in the words of AWS', (name, details, code, message) => {
  const make: (...texts: string[]) => ServiceError = refuse[name];
  expect(make(...details)).toMatchObject({
    code,
    message: message ?? '',
    hasMessage: message !== undefined,
  });
});

it('has no refusal that this table lacks', () => {
  expect(Object.keys(refuse).sort()).toStrictEqual(rows.map(([name]) => name).sort());
});
