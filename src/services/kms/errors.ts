/** AWS KMS's 48 modelled exceptions, and the common errors (AWS KMS API Reference). */
import { commonErrors } from '../../kernel/common-errors.js';
import { type ErrorCatalogue, type ErrorEntry, ServiceError } from '../../kernel/service-error.js';

const client = (rest = 400): ErrorEntry => ({ http: 400, rest, modeled: true });
const fault = (rest: 500 | 503): ErrorEntry => ({ http: 500, rest, modeled: true });
export const errorCatalogue = {
  AlreadyExistsException: client(409),
  CloudHsmClusterInUseException: client(409),
  CloudHsmClusterInvalidConfigurationException: client(),
  CloudHsmClusterNotActiveException: client(),
  CloudHsmClusterNotFoundException: client(404),
  CloudHsmClusterNotRelatedException: client(),
  ConflictException: client(409),
  CustomKeyStoreHasCMKsException: client(409),
  CustomKeyStoreInvalidStateException: client(409),
  CustomKeyStoreNameInUseException: client(409),
  CustomKeyStoreNotFoundException: client(404),
  DependencyTimeoutException: fault(503),
  DisabledException: client(409),
  DryRunOperationException: client(412),
  ExpiredImportTokenException: client(),
  IncorrectKeyException: client(),
  IncorrectKeyMaterialException: client(),
  IncorrectTrustAnchorException: client(),
  InvalidAliasNameException: client(),
  InvalidArnException: client(),
  InvalidCiphertextException: client(),
  InvalidGrantIdException: client(),
  InvalidGrantTokenException: client(),
  InvalidImportTokenException: client(),
  InvalidKeyUsageException: client(),
  InvalidMarkerException: client(),
  KMSInternalException: fault(500),
  KMSInvalidMacException: client(),
  KMSInvalidSignatureException: client(),
  KMSInvalidStateException: client(409),
  KeyUnavailableException: fault(503),
  LimitExceededException: client(),
  MalformedPolicyDocumentException: client(),
  NotFoundException: client(404),
  TagException: client(),
  UnsupportedOperationException: client(),
  XksKeyAlreadyInUseException: client(409),
  XksKeyInvalidConfigurationException: client(),
  XksKeyNotFoundException: client(404),
  XksProxyIncorrectAuthenticationCredentialException: client(),
  XksProxyInvalidConfigurationException: client(),
  XksProxyInvalidResponseException: client(),
  XksProxyUriEndpointInUseException: client(409),
  XksProxyUriInUseException: client(409),
  XksProxyUriUnreachableException: client(),
  XksProxyVpcEndpointServiceInUseException: client(409),
  XksProxyVpcEndpointServiceInvalidConfigurationException: client(),
  XksProxyVpcEndpointServiceNotFoundException: client(404),

  ...commonErrors,
} as const satisfies ErrorCatalogue;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error of AWS KMS. Without a message it is answered with its code alone. */
export function kmsError(code: ErrorCode, message?: string, options?: ErrorOptions): ServiceError {
  return new ServiceError(code, message, options);
}
