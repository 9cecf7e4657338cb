/**
 * AWS KMS's own words for what several operations refuse, or refuse by table. What a single rule refuses
 * stands with the rule. Source: shared reference, errors.md §2–§8 (texts recorded from AWS) and
 * operations.md §5 and §10.
 */
import type { ServiceError } from '../../kernel/service-error.js';
import { kmsError } from './errors.js';

type Refusal = (...details: string[]) => ServiceError;

export const refuse = {
  invalidKeyId: (keyId) => kmsError('NotFoundException', `Invalid keyId '${keyId}'`),
  invalidArnRegion: (region) => kmsError('NotFoundException', `Invalid arn ${region}`),
  malformedArn: (arn) => kmsError('InvalidArnException', `Invalid ARN '${arn}'`),
  aliasNotSupported: () =>
    kmsError('InvalidArnException', 'Key Aliases are not supported for this operation.'),
  keyNotFound: (keyArn) => kmsError('NotFoundException', `Key '${keyArn}' does not exist`),
  aliasNotFound: (aliasArn) => kmsError('NotFoundException', `Alias ${aliasArn} is not found.`),
  aliasExists: (aliasArn) =>
    kmsError('AlreadyExistsException', `An alias with the name ${aliasArn} already exists`),
  /** Another request was first: who may change it is to be asked of another key now. */
  aliasMoved: (aliasArn) =>
    invalidState(`Alias ${aliasArn} was changed by another request at the same time.`),
  grantNotFound: (grantId) => kmsError('NotFoundException', `Grant ID ${grantId} not found`),
  retireGrant: (callerArn, keyArn) =>
    kmsError(
      'AccessDeniedException',
      `User: ${callerArn} is not authorized to perform: kms:RetireGrant on resource: ${keyArn} because no resource-based policy allows the kms:RetireGrant action`,
    ),
  policyNotFound: () => kmsError('NotFoundException', 'No such policy exists'),

  disabled: (keyArn) => kmsError('DisabledException', `${keyArn} is disabled.`),
  pendingDeletion: (keyArn) => invalidState(`${keyArn} is pending deletion.`),
  pendingReplicaDeletion: (keyArn) => invalidState(`${keyArn} is pending replica deletion.`),
  notPendingDeletion: (keyArn) => invalidState(`${keyArn} is not pending deletion.`),
  origin: wrongOrigin,
  externalOrigin: (keyArn) => wrongOrigin(keyArn, 'EXTERNAL'),
  /** What AWS answers, without a word, of keys that can't rotate by their spec. */
  unrotatable: () => kmsError('UnsupportedOperationException'),
  notPrimary: (keyArn) =>
    kmsError('UnsupportedOperationException', `${keyArn} is not a multi-region primary key.`),
  /** A replica's rotation is its primary's. */
  replica: (keyArn, operation) =>
    kmsError(
      'UnsupportedOperationException',
      `${keyArn} is a multi-region replica key which is not valid for ${operation}.`,
    ),
  primaryElsewhere: (keyArn) => invalidState(`${keyArn} is not a multi-Region primary key.`),
  noReplicaThere: (keyId) =>
    kmsError(
      'ValidationException',
      `${keyId} does not have a replica key in the specified Region.`,
    ),
  noPendingMaterial: (keyArn) =>
    invalidState(`No available key material pending rotation for the key: ${keyArn}.`),
  replicaLacksMaterial: () =>
    invalidState(
      'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
    ),
  otherPendingMaterial: (materialId, keyArn, pendingId) =>
    invalidState(
      `New key material (id: ${materialId}) cannot be imported into KMS key ${keyArn}, because another key material (id: ${pendingId}) is pending rotation.`,
    ),
  onDemandRotations: (keyArn) =>
    kmsError(
      'LimitExceededException',
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${keyArn}`,
    ),
  /** Another request was first; asked again, it may succeed. */
  changedMeanwhile: (keyArn) =>
    kmsError('ConflictException', `${keyArn} was changed by another request at the same time.`),
  rotationAtHand: (keyArn) =>
    kmsError(
      'ConflictException',
      `An automatic rotation of ${keyArn} is in progress or due within 20 minutes.`,
    ),
  limitExceeded: (message) => kmsError('LimitExceededException', message),
  unexpectedMaterial: (materialId) =>
    kmsError(
      'IncorrectKeyMaterialException',
      `Imported key material does not have the expected identifier (${materialId}).`,
    ),
  knownMaterial: (materialId, keyArn) =>
    kmsError(
      'IncorrectKeyMaterialException',
      `Key material (id: ${materialId}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${keyArn}.`,
    ),
  neverImported: (materialId, keyArn) =>
    kmsError(
      'ValidationException',
      `Key material (id: ${materialId}) has never been imported into KMS key ${keyArn}.`,
    ),
  wrapping: (algorithm, wrappingKeySpec, keySpec) =>
    kmsError(
      'ValidationException',
      `Wrapping algorithm ${algorithm} and wrapping key spec ${wrappingKeySpec} cannot be used to import a ${keySpec} key.`,
    ),
  invalidImportToken: () => kmsError('InvalidImportTokenException'),
  expiredImportToken: () =>
    kmsError('ExpiredImportTokenException', 'The import token has expired.'),
  unknownRegion: (region) =>
    kmsError(
      'ValidationException',
      `Region ${region} is not a valid Region or multi-Region keys are not supported in Region ${region}.`,
    ),
  replicaExists: () =>
    kmsError(
      'AlreadyExistsException',
      'You can create only one replica of each primary key in each AWS Region.',
    ),
  pendingImport: (keyArn) => invalidState(`${keyArn} is pending import.`),
  unavailable: (keyArn) => invalidState(`${keyArn} is unavailable.`),
  creating: (keyArn) => invalidState(`${keyArn} is creating.`),
  updating: (keyArn) => invalidState(`${keyArn} is updating.`),
  clusterUnreachable: () => invalidState('KMS cannot communicate with your CloudHSM cluster'),

  keyUsage: (keyArn, usage, operation) =>
    kmsError(
      'InvalidKeyUsageException',
      `${keyArn} key usage is ${usage} which is not valid for ${operation}.`,
    ),
  algorithm: (algorithm, keySpec) =>
    kmsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} is incompatible with key spec ${keySpec}.`,
    ),
  incorrectKey: () =>
    kmsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    ),
  invalidCiphertext: () => kmsError('InvalidCiphertextException'),
  unknownCiphertextKey: () =>
    kmsError(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    ),
  crossAccount: (callerArn, action) =>
    kmsError(
      'AccessDeniedException',
      `User: ${callerArn} is not authorized to perform: ${action} on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    ),
  dryRun: () =>
    kmsError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    ),
  validation: (message) => kmsError('ValidationException', message),
  missingMember: (member) =>
    kmsError(
      'ValidationException',
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
    ),
  unsupported: (message) => kmsError('UnsupportedOperationException', message),
  customKeyStoreState: (message) => kmsError('CustomKeyStoreInvalidStateException', message),
  customKeyStoreNotFound: (idOrName) =>
    kmsError('CustomKeyStoreNotFoundException', `Custom key store ${idOrName} does not exist.`),
  customKeyStoreIdWithOrigin: () =>
    kmsError(
      'ValidationException',
      'CustomKeyStoreId can be specified only with Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE.',
    ),
  invalidMarker: (marker) =>
    kmsError('InvalidMarkerException', `Could not deserialize marker '${marker}'`),
} as const satisfies Record<string, Refusal>;

function wrongOrigin(keyArn: string, origin: string): ServiceError {
  return kmsError(
    'UnsupportedOperationException',
    `${keyArn} origin is ${origin} which is not valid for this operation.`,
  );
}

function invalidState(message: string): ServiceError {
  return kmsError('KMSInvalidStateException', message);
}
