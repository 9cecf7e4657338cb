/** The codes with which AWS's JSON services refuse a request that they cannot authenticate. */
export type AuthenticationErrorCode =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'
  | 'UnrecognizedClientException'
  | 'ExpiredTokenException';

/**
 * The request is not authenticated. The message is meant for the caller: it never holds a
 * signature, a secret or any header value that the caller might not want repeated.
 */
export class AuthenticationError extends Error {
  readonly code: AuthenticationErrorCode;

  constructor(code: AuthenticationErrorCode, message: string) {
    super(message);
    this.name = 'AuthenticationError';
    this.code = code;
  }
}

/** No `Authorization` header at all. */
export function missingAuthenticationToken(): AuthenticationError {
  return new AuthenticationError(
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  );
}

/** Something that a Signature Version 4 request must have is absent or malformed. */
export function incompleteSignature(message: string): AuthenticationError {
  return new AuthenticationError('IncompleteSignatureException', message);
}

/** The signature is complete, but does not hold for this request, here and now. */
export function invalidSignature(message: string): AuthenticationError {
  return new AuthenticationError('InvalidSignatureException', message);
}

/** The one answer for a signature that differs, whatever the cause. */
export function signatureMismatch(): AuthenticationError {
  return invalidSignature(
    'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method. ' +
      'Consult the service documentation for details.',
  );
}

/** Temporary credentials after their time; only whoever holds their secret is told. */
export function expiredToken(): AuthenticationError {
  return new AuthenticationError(
    'ExpiredTokenException',
    'The security token included in the request is expired',
  );
}

/** Unknown and inactive access keys and session tokens that don't belong to them look alike. */
export function unrecognizedClient(): AuthenticationError {
  return new AuthenticationError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  );
}
