/** Errors of the Resource Groups Tagging API. Source: its API Reference; recorded-iam-cloudtrail-tagging.md §2. */
import { commonErrors } from '../../kernel/common-errors.js';
import { type ErrorCatalogue, type ErrorEntry, ServiceError } from '../../kernel/service-error.js';

/** As AWS's router names them on the wire, with the text in `Message`. */
const routed = (name: string, http = 400): ErrorEntry => ({
  http,
  rest: http,
  modeled: true,
  wireType: `com.amazonaws.tagging.router.service.model.v20170126#${name}`,
  textIn: 'Message',
});

export const taggingErrors = {
  ...commonErrors,
  ValidationException: {
    ...commonErrors.ValidationException,
    wireType: 'com.amazon.coral.validate#ValidationException',
  },
  InternalServiceException: routed('InternalServiceException', 500),
  InvalidParameterException: routed('InvalidParameterException'),
  PaginationTokenExpiredException: routed('PaginationTokenExpiredException'),
  ThrottledException: routed('ThrottledException'),
} satisfies ErrorCatalogue;

export type TaggingErrorCode = keyof typeof taggingErrors;

export function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException' satisfies TaggingErrorCode, message);
}

export function tokenExpired(): ServiceError {
  const code: TaggingErrorCode = 'PaginationTokenExpiredException';
  return new ServiceError(code, 'The pagination token has expired.');
}
