import type { Principal } from '../../src/authz/model.js';
import type { AuthorizedKey } from '../../src/services/kms/call.js';
import { KmsCall } from '../../src/services/kms/call.js';
import type { KmsOperation } from '../../src/services/kms/operation.js';
import { SCOPE } from './sample-key.js';

const NO_TRANSPORT = {
  http: { method: '', target: '', headers: {}, rawHeaders: [], body: Buffer.alloc(0) },
  sourceIp: '',
  secure: false,
  tls: undefined,
};

/** A call of this operation that has come as far as a test wants it. */
export function kmsCall<Ports>(
  operation: KmsOperation<Ports>,
  reached: {
    readonly principal?: Principal;
    readonly input?: Record<string, unknown>;
    readonly authorized?: readonly AuthorizedKey[];
  } = {},
): KmsCall<Ports> {
  const call = new KmsCall<Ports>(
    {
      transport: NO_TRANSPORT,
      routed: { route: () => operation, members: () => ({}) },
      requestId: 'request',
      receivedAt: 0,
      eventTime: new Date('2026-01-01T00:00:00Z'),
      deadline: Number.MAX_SAFE_INTEGER,
    },
    SCOPE,
  );
  call.operation = operation;
  const { principal, input = {}, authorized = [] } = reached;
  if (principal) call.caller = { ...principal, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
  call.scope = SCOPE;
  call.input = input;
  call.authorized = authorized;
  return call;
}
