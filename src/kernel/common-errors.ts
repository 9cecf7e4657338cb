/**
 * The errors that every service has, under the names of the AWS JSON 1.1 protocol ("Common Errors" of
 * the API References). Rooms below the services throw these; a service that spells one otherwise says
 * so (ServiceErrors.spelling).
 */
import { type ErrorCatalogue, type ErrorEntry, ServiceError } from './service-error.js';

const common = (http: number, rest: number = http): ErrorEntry => ({ http, rest, modeled: false });

export const commonErrors = {
  AccessDeniedException: common(400, 403),
  ExpiredTokenException: common(400, 403),
  IncompleteSignatureException: common(400, 403),
  InternalFailure: common(500),
  InvalidSignatureException: common(400, 403),
  MissingAuthenticationTokenException: common(400, 403),
  NotAuthorizedException: common(400, 403),
  RequestEntityTooLargeException: common(413),
  SerializationException: {
    ...common(400),
    wireType: 'com.amazon.coral.service#SerializationException',
  },
  ServiceUnavailableException: common(503),
  ThrottlingException: common(400, 429),
  UnknownOperationException: common(400, 404),
  UnrecognizedClientException: common(400, 403),
  ValidationException: common(400),
} as const satisfies ErrorCatalogue;

export type CommonErrorCode = keyof typeof commonErrors;

/** Too much is asked at once; nothing was done. */
export function throttled(): CommonError {
  return new CommonError(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  );
}

/** Something that every call needs is away. Whoever throws it has said so in the log. */
export function unavailable(options?: ErrorOptions): CommonError {
  return new CommonError(
    'ServiceUnavailableException',
    'The request has failed due to a temporary failure of the server.',
    options,
  );
}

/**
 * The call's own time is up before what it asked for was done, and nothing that it needs is to blame.
 * Each service spells it as its internal error, which AWS's SDKs repeat.
 */
export function deadlinePassed(options?: ErrorOptions): CommonError {
  return new CommonError(
    'InternalFailure',
    'The request was not completed within its time limit. It can be repeated.',
    options,
  );
}

/** An error that every service has, before the service has spelt it. */
export class CommonError extends ServiceError {
  override readonly name = 'CommonError';
  declare readonly code: CommonErrorCode;

  constructor(code: CommonErrorCode, message?: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
