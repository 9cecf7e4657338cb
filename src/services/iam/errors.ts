/**
 * The errors of the Query protocol (IAM, STS), with their HTTP status. Source: IAM and STS API
 * References, "Common Errors" and the errors of each action; shared reference, neighbours.md §3–§4.
 */
import type { CommonErrorCode } from '../../kernel/common-errors.js';
import { type ErrorCatalogue, type ErrorEntry, ServiceError } from '../../kernel/service-error.js';

const of = (http: number): ErrorEntry => ({ http, rest: http, modeled: true });

export const iamErrorCatalogue = {
  AccessDenied: of(403),
  ConcurrentModification: of(409),
  DeleteConflict: of(409),
  EntityAlreadyExists: of(409),
  EntityTemporarilyUnmodifiable: of(409),
  ExpiredToken: of(403),
  ExpiredTokenException: of(400),
  FeatureDisabled: of(404),
  FeatureEnabled: of(409),
  IDPCommunicationError: of(400),
  IDPRejectedClaim: of(403),
  IncompleteSignature: of(400),
  InsufficientSessionLifetime: of(400),
  InternalFailure: of(500),
  InvalidAction: of(400),
  InvalidAuthenticationCode: of(403),
  InvalidAuthorizationMessageException: of(400),
  InvalidClientTokenId: of(403),
  InvalidIdentityToken: of(400),
  InvalidInput: of(400),
  InvalidParameterValue: of(400),
  InvalidSubjectCredentials: of(400),
  JWTPayloadSizeExceededException: of(400),
  LimitExceeded: of(409),
  MalformedInput: of(400),
  MalformedPolicyDocument: of(400),
  MalformedQueryString: of(404),
  MissingAction: of(400),
  MissingAuthenticationToken: of(403),
  MissingParameter: of(400),
  NoSuchEntity: of(404),
  OrganizationNotFoundException: of(404),
  OutboundWebIdentityFederationDisabledException: of(403),
  PackedPolicyTooLarge: of(400),
  PolicyEvaluation: of(500),
  PolicyNotAttachable: of(400),
  RegionDisabledException: of(403),
  ReportExpired: of(410),
  ReportNotPresent: of(410),
  RequestEntityTooLarge: of(413),
  ServiceFailure: of(500),
  ServiceUnavailable: of(503),
  SessionDurationEscalationException: of(403),
  SignatureDoesNotMatch: of(403),
  Throttling: of(400),
  UnmodifiableEntity: of(400),
  ValidationError: of(400),
} as const satisfies ErrorCatalogue;

export type IamErrorCode = keyof typeof iamErrorCatalogue;

/** An error of IAM or STS. */
export function iamError(
  code: IamErrorCode,
  message: string,
  options?: ErrorOptions,
): ServiceError {
  return new ServiceError(code, message, options);
}

/** The common errors that the Query protocol has under other names. */
export const spelling = {
  AccessDeniedException: 'AccessDenied',
  ExpiredTokenException: 'ExpiredToken',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  RequestEntityTooLargeException: 'RequestEntityTooLarge',
  SerializationException: 'MalformedInput',
  ServiceUnavailableException: 'ServiceUnavailable',
  ThrottlingException: 'Throttling',
  UnrecognizedClientException: 'InvalidClientTokenId',
  ValidationException: 'ValidationError',
} as const satisfies Partial<Record<CommonErrorCode, IamErrorCode>>;
