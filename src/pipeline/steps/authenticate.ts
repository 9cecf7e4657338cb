import type { Principal } from '../../authz/model.js';
import { CommonError } from '../../kernel/common-errors.js';
import { AuthenticationError } from '../../sigv4/authentication-error.js';
import type { SignedRequest } from '../../sigv4/signed-request.js';
import type { Verified } from '../../sigv4/verifier.js';
import type { PipelineCall } from '../call.js';

export interface AuthenticatePorts {
  readonly verifier: {
    verify(request: SignedRequest): Promise<Verified<Principal>> | Verified<Principal>;
  };
}

/**
 * Who calls, and in which Region: that of the credential scope. An operation that takes unsigned
 * calls proves by itself who calls, and a forwarded call comes with its caller.
 * @throws CommonError with the code and text of the failed check (shared reference, errors.md §4)
 */
export function authenticate(
  call: PipelineCall,
  { verifier }: AuthenticatePorts,
): void | Promise<void> {
  if (call.operation.unsigned || call.authenticated) return undefined;
  try {
    const verified = verifier.verify(call.transport.http);
    if (verified instanceof Promise) {
      return verified.then((found) => take(call, found)).catch(refused);
    }
    return take(call, verified);
  } catch (error) {
    return refused(error);
  }
}

function take(call: PipelineCall, verified: Verified<Principal>): void {
  const { principal, accessKeyId, region, sessionToken } = verified;
  call.caller = { ...principal, accessKeyId };
  call.sessionToken = sessionToken;
  call.scope = { partition: call.scope.partition, region, accountId: principal.accountId };
}

function refused(error: unknown): never {
  if (error instanceof AuthenticationError) throw new CommonError(error.code, error.message);
  throw error;
}
