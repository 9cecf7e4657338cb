/** What a service is to the pipeline: a name, errors, operations, and the steps of a call in order. */
import type { AuditFacts, AuditRecord } from '../audit/record.js';
import type { Caller } from '../authz/model.js';
import type { Operation, Registry, Sections } from '../declare/operation.js';
import type { CommonErrorCode } from '../kernel/common-errors.js';
import type { Scope } from '../kernel/scope.js';
import type { ErrorCatalogue, ServiceError } from '../kernel/service-error.js';
import type { OpenedCall, PipelineCall } from './call.js';
import type { Answer, Routed, Transport } from './transport.js';

/**
 * One step of a call. It throws a ServiceError to end the call; a step that has nothing to wait for
 * makes no promise.
 */
export type Step<Call extends PipelineCall, Ports> = (
  call: Call,
  ports: Ports,
) => void | Promise<void>;

export interface ServiceErrors {
  readonly catalogue: ErrorCatalogue;
  /** How the service spells common errors that it has under another name. */
  readonly spelling: Readonly<Partial<Record<CommonErrorCode, string>>>;
  /** What a fault of ours is to a caller. */
  readonly internal: { readonly code: string; readonly message: string };
  /** Words for the facts that rooms below throw; undefined for what is a fault of ours. */
  readonly wording: (error: unknown) => ServiceError | undefined;
}

/** What protocols and documents know of a service. */
export interface ServiceFace {
  /** As in SigV4 scopes, actions and event sources. */
  readonly name: string;
  /** How the protocols find it. */
  readonly wire: ServiceWire;
  readonly errors: ServiceErrors;
  readonly sections: Sections;
  /** All of `sections`, by name. */
  readonly operations: Registry;
}

export interface Service<Call extends PipelineCall, Ports> extends ServiceFace {
  /** In the order in which they run; their names are the documentation's. */
  readonly steps: readonly Step<Call, Ports>[];
  readonly open: (opened: OpenedCall, home: Scope) => Call;
  /** The records of a call out of the facts that every call has; one, unless the service says more. */
  readonly records?: (call: Call, facts: AuditFacts, newId: () => string) => AuditFacts[];
  /** After the records are written; not waited for. */
  readonly recorded?: (call: Call, records: readonly AuditRecord[], ports: Ports) => void;
}

/** What the protocols know a service by. */
export interface ServiceWire {
  /** AWS JSON: what stands before the dot in `X-Amz-Target`. */
  readonly jsonTarget?: string;
  /** Another that means the same. */
  readonly otherJsonTarget?: string;
  /** Query: the value of `Version`, and the namespace of the XML. */
  readonly query?: { readonly version: string; readonly namespace: string };
  /** REST: the path below `/v1`; empty for the first service. */
  readonly restPath?: string;
}

/** A service that takes calls: what a protocol is handed. */
export interface ServedService {
  readonly service: ServiceFace;
  /** Answers one call and records it. Never rejects. */
  handle(transport: Transport, routed: Routed): Promise<Answer>;
  /** Answers and records a call of another service of this server. Never rejects. */
  forward(forwarded: Forwarded, routed: Routed): Promise<Answer>;
}

/** In whose name a service calls another. */
export interface Forwarded extends Pick<OpenedCall, 'transport' | 'deadline'> {
  readonly caller: Caller;
  readonly scope: Scope;
}

/** Operations with the routes that the REST face has. */
export function routedOperations({ operations }: ServiceFace) {
  return [...operations.values()].filter(
    (operation): operation is Operation & Required<Pick<Operation, 'route'>> =>
      operation.route !== undefined,
  );
}
