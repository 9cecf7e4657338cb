/** A call on its way through the steps: what each has found out, for the steps after it and the record. */

import type { RequestFacts } from '../authz/condition-keys.js';
import type { Decision } from '../authz/decision.js';
import type { Caller } from '../authz/model.js';

import type { Operation } from '../declare/operation.js';
import type { Scope } from '../kernel/scope.js';
import type { ServiceError } from '../kernel/service-error.js';
import type { OpenSpan } from '../observe/tracer.js';
import type { Place } from '../runtime/throttle.js';
import { headerOf, type Routed, type Transport } from './transport.js';

/** What is known of a call before its first step. */
export interface OpenedCall {
  readonly transport: Transport;
  readonly routed: Routed;
  readonly requestId: string;
  /** Real time in epoch milliseconds. */
  readonly receivedAt: number;
  /** The same moment by the service's clock: for its record, and for conditions on time. */
  readonly eventTime: Date;
  /** Real time by which the caller must have an answer, in epoch milliseconds. */
  readonly deadline: number;
}

/** An unsigned call's caller: nobody, who is allowed nothing. */
const NOBODY: Caller = {
  type: 'User',
  accountId: '',
  arn: 'anonymous',
  principalArn: 'anonymous',
  uniqueId: '',
  userId: '',
  tags: new Map(),
  policies: { identity: [] },
  accessKeyId: '',
};

export class PipelineCall<Declared extends Operation = Operation> implements OpenedCall {
  readonly transport: Transport;
  readonly routed: Routed;
  readonly requestId: string;
  readonly receivedAt: number;
  readonly eventTime: Date;
  readonly deadline: number;

  /** Whoever signed; nobody before `authenticate`, and of unsigned calls. */
  caller: Caller = NOBODY;
  /** Nobody signed: it came by the operator's socket. */
  byOperatorSocket = false;
  /** Of the caller's temporary credentials. A secret: for making further ones of them alone. */
  sessionToken: string | undefined = undefined;
  /** Of the caller; without an account while that is nobody. */
  scope: Scope;
  /** Where an unauthenticated call is recorded. */
  readonly home: Scope;
  input: Record<string, unknown> = {};
  /** Whether `input` has been decoded. */
  decoded = false;
  /** What the policies and grants said, in the order in which they were asked. */
  readonly decisions: Decision[] = [];
  /** ARNs of what it is about, as far as is known, for the audit trail. */
  readonly about: string[] = [];
  /** Ids of its records, in order: a record that is written twice is the same. */
  readonly recordIds: string[] = [];
  /** Of a call that is traced. */
  span: OpenSpan | undefined = undefined;
  /** What it holds of the throttle. */
  place: Place | undefined = undefined;
  output: Record<string, unknown> | undefined = undefined;
  error: ServiceError | undefined = undefined;
  #operation: Declared | undefined = undefined;

  constructor(opened: OpenedCall, home: Scope) {
    this.transport = opened.transport;
    this.routed = opened.routed;
    this.requestId = opened.requestId;
    this.receivedAt = opened.receivedAt;
    this.eventTime = opened.eventTime;
    this.deadline = opened.deadline;
    this.home = home;
    this.scope = { ...home, accountId: '' };
  }

  /** Of a call that has been routed. */
  get operation(): Declared {
    if (!this.#operation) throw new Error('the call has not been routed');
    return this.#operation;
  }

  set operation(operation: Declared) {
    this.#operation = operation;
  }

  get routedOperation(): Declared | undefined {
    return this.#operation;
  }

  /** Where the key is that it is about, for the metrics: `software` or a custom key store. */
  get keyStore(): string | undefined {
    return undefined;
  }

  get authenticated(): boolean {
    return this.caller !== NOBODY;
  }

  /** What the request says to conditions, whatever is asked of which resource. */
  get facts(): Omit<RequestFacts, 'action' | 'resourceAccountId'> {
    const { transport, caller } = this;
    return {
      principal: caller,
      region: this.scope.region,
      now: this.eventTime.getTime(),
      http: {
        sourceIp: transport.sourceIp,
        secure: transport.secure,
        userAgent: headerOf(transport, 'user-agent'),
        referer: headerOf(transport, 'referer'),
      },
      // Nobody but a service may say for which resource it calls.
      ...(caller.type === 'AWSService' && {
        sourceArn: headerOf(transport, 'x-amz-source-arn'),
        sourceAccount: headerOf(transport, 'x-amz-source-account'),
      }),
    };
  }
}
