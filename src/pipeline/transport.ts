/** What a protocol makes of a request before anybody knows who sent it. */
import type { TlsFacts } from '../audit/record.js';
import type { Principal } from '../authz/model.js';
import type { Operation } from '../declare/operation.js';
import type { ServiceError } from '../kernel/service-error.js';
import type { SignedRequest } from '../sigv4/signed-request.js';

export type { TlsFacts };

/** Whoever has opened the operator's socket, which only the server's own user and root can. */
export interface Operator {
  /** As whom calls act that nobody signed. Undefined: there is no such principal. */
  readonly principal: () => Principal | undefined | Promise<Principal | undefined>;
}

/** How a request came. */
export interface Transport {
  readonly http: SignedRequest;
  readonly sourceIp: string;
  /** Whether nobody could listen. */
  readonly secure: boolean;
  readonly tls: TlsFacts | undefined;
  /** Only of what came by the operator's socket: its listener alone sets it, nothing in a request does. */
  readonly operator?: Operator;
}

/** What a request asks for: read inside the pipeline, so that what can't be read is recorded. */
export interface Routed {
  /**
   * Which operation is meant.
   * @throws ServiceError UnknownOperationException, in the service's spelling
   */
  readonly route: () => Operation;
  /**
   * The input's members as parsed JSON would give them, still unchecked.
   * @throws ServiceError SerializationException, in the service's spelling
   */
  readonly members: (operation: Operation) => unknown;
}

/** How a call ended. Exactly one of `output` and `error` is there. */
export interface Answer {
  readonly requestId: string;
  readonly operation: Operation | undefined;
  readonly output: Record<string, unknown> | undefined;
  readonly error: ServiceError | undefined;
}

/** The first value of a header, bounded by the HTTP server's limit on headers. */
export function headerOf({ http }: Transport, name: string): string | undefined {
  const value = http.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
