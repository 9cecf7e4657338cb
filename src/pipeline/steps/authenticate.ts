import type { Principal } from '../../authz/model.js';
import { CommonError } from '../../kernel/common-errors.js';
import { AuthenticationError } from '../../sigv4/authentication-error.js';
import { isPresigned } from '../../sigv4/presigned-query.js';
import type { SignedRequest } from '../../sigv4/signed-request.js';
import type { Verified } from '../../sigv4/verifier.js';
import type { PipelineCall } from '../call.js';
import { headerOf, type Operator } from '../transport.js';

/** With which a call by the operator's socket names its Region, since it has no credential scope. */
const REGION_HEADER = 'x-strongroom-region';

export interface AuthenticatePorts {
  readonly verifier: {
    verify(request: SignedRequest): Promise<Verified<Principal>> | Verified<Principal>;
    /** The Region that a credential scope of this name means. */
    regionOf(name: string): string | undefined;
  };
}

/**
 * Who calls, and in which Region: that of the credential scope. An operation that takes unsigned
 * calls proves by itself who calls, and a forwarded call comes with its caller. What came by the operator's
 * socket needs no signature, but one that is there must be right, and then tells who calls.
 * @throws CommonError with the code and text of the failed check (shared reference, errors.md §4)
 */
export function authenticate(
  call: PipelineCall,
  { verifier }: AuthenticatePorts,
): void | Promise<void> {
  if (call.operation.unsigned || call.authenticated) return undefined;
  const { operator, http } = call.transport;
  if (operator && http.headers.authorization === undefined && !isPresigned(http.target)) {
    return takeOperator(call, operator, verifier);
  }
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

async function takeOperator(
  call: PipelineCall,
  operator: Operator,
  verifier: AuthenticatePorts['verifier'],
): Promise<void> {
  const asked = headerOf(call.transport, REGION_HEADER) ?? call.home.region;
  const region = verifier.regionOf(asked);
  if (region === undefined) {
    throw new CommonError(
      'ValidationException',
      'The server does not serve the Region that is asked for.',
    );
  }
  const principal = await operator.principal();
  if (!principal) {
    const message = 'The principal that operator.principal names is not there.';
    throw new CommonError('UnrecognizedClientException', message);
  }
  call.caller = { ...principal, accessKeyId: '' };
  call.byOperatorSocket = true;
  call.scope = { partition: call.scope.partition, region, accountId: principal.accountId };
}

function refused(error: unknown): never {
  if (error instanceof AuthenticationError) throw new CommonError(error.code, error.message);
  throw error;
}
