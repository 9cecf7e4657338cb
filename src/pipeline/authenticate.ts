import type { Principal } from '../authz/principal.js';
import type { Caller } from '../declare/operation.js';
import { KmsError } from '../services/kms/errors.js';
import { AuthenticationError } from '../sigv4/authentication-error.js';
import type { SigV4Verifier } from '../sigv4/verifier.js';
import type { FaceRequest } from './request.js';

export interface Authenticated {
  readonly caller: Caller;
  /** The Region of the credential scope: it decides which of the server's Regions is meant. */
  readonly region: string;
}

/** @throws KmsError with the code and text of errors.md §4. */
export async function authenticate(
  request: FaceRequest,
  verifier: SigV4Verifier<Principal>,
): Promise<Authenticated> {
  try {
    const { principal, accessKeyId, region } = await verifier.verify(request.http);
    return { caller: { ...principal, accessKeyId }, region };
  } catch (error) {
    if (error instanceof AuthenticationError) throw new KmsError(error.code, error.message);
    throw error;
  }
}

/** The access key id that an unverified request claims, for the audit trail. */
export function claimedAccessKeyId(request: Pick<FaceRequest, 'http'>): string | undefined {
  const { authorization } = request.http.headers;
  const header = Array.isArray(authorization) ? authorization[0] : authorization;
  return /Credential=(\w{1,128})\//.exec(header?.slice(0, 1024) ?? '')?.[1];
}
