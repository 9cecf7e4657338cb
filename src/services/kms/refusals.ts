/**
 * AWS KMS's own words for each refusal, one place each. Source: shared reference, errors.md §2–§8
 * (texts recorded from AWS) and operations.md §5 and §10.
 */
import { KmsError } from './errors.js';

type Refusal = (...details: string[]) => KmsError;

export const refuse = {
  invalidKeyId: (keyId) => new KmsError('NotFoundException', `Invalid keyId '${keyId}'`),
  invalidArnRegion: (region) => new KmsError('NotFoundException', `Invalid arn ${region}`),
  malformedArn: (arn) => new KmsError('InvalidArnException', `Invalid ARN '${arn}'`),
  aliasNotSupported: () =>
    new KmsError('InvalidArnException', 'Key Aliases are not supported for this operation.'),
  keyNotFound: (keyArn) => new KmsError('NotFoundException', `Key '${keyArn}' does not exist`),
  aliasNotFound: (aliasArn) => new KmsError('NotFoundException', `Alias ${aliasArn} is not found.`),
  aliasExists: (aliasArn) =>
    new KmsError('AlreadyExistsException', `An alias with the name ${aliasArn} already exists`),
  grantNotFound: (grantId) => new KmsError('NotFoundException', `Grant ID ${grantId} not found`),
  retireGrant: (callerArn, keyArn) =>
    new KmsError(
      'AccessDeniedException',
      `User: ${callerArn} is not authorized to perform: kms:RetireGrant on resource: ${keyArn} because no resource-based policy allows the kms:RetireGrant action`,
    ),
  policyNotFound: () => new KmsError('NotFoundException', 'No such policy exists'),

  disabled: (keyArn) => new KmsError('DisabledException', `${keyArn} is disabled.`),
  pendingDeletion: (keyArn) => invalidState(`${keyArn} is pending deletion.`),
  pendingReplicaDeletion: (keyArn) => invalidState(`${keyArn} is pending replica deletion.`),
  notPendingDeletion: (keyArn) => invalidState(`${keyArn} is not pending deletion.`),
  origin: wrongOrigin,
  externalOrigin: (keyArn) => wrongOrigin(keyArn, 'EXTERNAL'),
  /** What AWS answers, without a word, of keys that can't rotate by their spec. */
  unrotatable: () => new KmsError('UnsupportedOperationException'),
  notPrimary: (keyArn) =>
    new KmsError('UnsupportedOperationException', `${keyArn} is not a multi-region primary key.`),
  noPendingMaterial: (keyArn) =>
    invalidState(`No available key material pending rotation for the key: ${keyArn}.`),
  otherPendingMaterial: (materialId, keyId, pendingId) =>
    invalidState(
      `New key material (id: ${materialId}) cannot be imported into KMS key ${keyId}, because another key material (id: ${pendingId}) is pending rotation.`,
    ),
  onDemandRotations: (keyArn) =>
    new KmsError(
      'LimitExceededException',
      `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${keyArn}`,
    ),
  conflict: (message) => new KmsError('ConflictException', message),
  limitExceeded: (message) => new KmsError('LimitExceededException', message),
  incorrectKeyMaterial: (message) => new KmsError('IncorrectKeyMaterialException', message),
  materialNotFound: (materialId, keyArn) =>
    new KmsError(
      'NotFoundException',
      `Key material ${materialId} is not associated with ${keyArn}.`,
    ),
  invalidImportToken: () =>
    new KmsError('InvalidImportTokenException', 'The import token is invalid.'),
  expiredImportToken: () =>
    new KmsError('ExpiredImportTokenException', 'The import token has expired.'),
  keyExists: (keyArn) =>
    new KmsError('AlreadyExistsException', `A KMS key with the ARN ${keyArn} already exists.`),
  pendingImport: (keyArn) => invalidState(`${keyArn} is pending import.`),
  unavailable: (keyArn) => invalidState(`${keyArn} is unavailable.`),
  creating: (keyArn) => invalidState(`${keyArn} is creating.`),
  updating: (keyArn) => invalidState(`${keyArn} is updating.`),
  clusterUnreachable: () => invalidState('KMS cannot communicate with your CloudHSM cluster'),

  keyUsage: (keyArn, usage, operation) =>
    new KmsError(
      'InvalidKeyUsageException',
      `${keyArn} key usage is ${usage} which is not valid for ${operation}.`,
    ),
  algorithm: (algorithm, keySpec) =>
    new KmsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} is incompatible with key spec ${keySpec}.`,
    ),
  incorrectKey: () =>
    new KmsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    ),
  invalidCiphertext: () => new KmsError('InvalidCiphertextException'),
  unknownCiphertextKey: () =>
    new KmsError(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    ),
  crossAccount: (callerArn, action) =>
    new KmsError(
      'AccessDeniedException',
      `User: ${callerArn} is not authorized to perform: ${action} on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    ),
  dryRun: () =>
    new KmsError(
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    ),
  validation: (message) => new KmsError('ValidationException', message),
  missingMember: (member) =>
    new KmsError(
      'ValidationException',
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
    ),
  serialization: (message) => new KmsError('SerializationException', message),
  unsupported: (message) => new KmsError('UnsupportedOperationException', message),
  customKeyStoreState: (message) => new KmsError('CustomKeyStoreInvalidStateException', message),
  customKeyStoreNotFound: (idOrName) =>
    new KmsError('CustomKeyStoreNotFoundException', `Custom key store ${idOrName} does not exist.`),
  invalidMarker: (marker) =>
    new KmsError('InvalidMarkerException', `Could not deserialize marker '${marker}'`),
  throttled: () =>
    new KmsError(
      'ThrottlingException',
      'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
    ),
  dependencyTimeout: () => new KmsError('DependencyTimeoutException', 'The request timed out.'),
} as const satisfies Record<string, Refusal>;

function wrongOrigin(keyArn: string, origin: string): KmsError {
  return new KmsError(
    'UnsupportedOperationException',
    `${keyArn} origin is ${origin} which is not valid for this operation.`,
  );
}

function invalidState(message: string): KmsError {
  return new KmsError('KMSInvalidStateException', message);
}
