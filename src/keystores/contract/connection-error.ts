/** Why a custom key store could not be connected, by AWS's ConnectionErrorCode. */
export const CONNECTION_ERROR_CODES = [
  'INVALID_CREDENTIALS',
  'CLUSTER_NOT_FOUND',
  'NETWORK_ERRORS',
  'INTERNAL_ERROR',
  'INSUFFICIENT_CLOUDHSM_HSMS',
  'USER_LOCKED_OUT',
  'USER_NOT_FOUND',
  'USER_LOGGED_IN',
] as const;
export type ConnectionErrorCode = (typeof CONNECTION_ERROR_CODES)[number];

/** A connection attempt failed; `refused` must not be tried again with the same PIN. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;
  readonly refused: boolean;

  constructor(code: ConnectionErrorCode, refused: boolean, cause: unknown) {
    super(`connection failed: ${code}`, { cause });
    this.code = code;
    this.refused = refused;
  }
}
