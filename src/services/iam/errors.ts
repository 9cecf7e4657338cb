/**
 * The errors of the Query protocol (IAM, STS), with their HTTP status. Source: IAM and STS API
 * References, "Common Errors" and the errors of each action; shared reference, neighbours.md §3–§4.
 */
export const queryErrorCatalogue = {
  AccessDenied: 403,
  ConcurrentModification: 409,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  EntityTemporarilyUnmodifiable: 409,
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IDPRejectedClaim: 403,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidAuthenticationCode: 403,
  InvalidAuthorizationMessageException: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  InvalidInput: 400,
  InvalidParameterValue: 400,
  LimitExceeded: 409,
  MalformedInput: 400,
  MalformedPolicyDocument: 400,
  MalformedQueryString: 404,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  MissingParameter: 400,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  PolicyEvaluation: 500,
  PolicyNotAttachable: 400,
  RegionDisabledException: 403,
  RequestEntityTooLarge: 413,
  ServiceFailure: 500,
  SignatureDoesNotMatch: 403,
  Throttling: 400,
  UnmodifiableEntity: 400,
  ValidationError: 400,
} as const satisfies Record<string, number>;

export type QueryErrorCode = keyof typeof queryErrorCatalogue;

/** What IAM and STS may tell a caller. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: QueryErrorCode;

  constructor(code: QueryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get http(): number {
    return queryErrorCatalogue[this.code];
  }
}
