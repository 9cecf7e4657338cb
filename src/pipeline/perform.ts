/** The one loop in which every call of every service and protocol is handled and recorded. */
import { Evidence } from '../audit/evidence.js';
import type { AuditOutbox } from '../audit/outbox.js';
import { type AuditRecord, buildRecord } from '../audit/record.js';
import type { AuditTrail } from '../audit/trail.js';
import type { UnsignedRecords } from '../audit/unsigned-records.js';
import { CommonError, deadlinePassed, unavailable } from '../kernel/common-errors.js';
import type { Scope } from '../kernel/scope.js';
import { ServiceError } from '../kernel/service-error.js';
import type { Log } from '../observe/log.js';
import type { Answered, RequestMetrics } from '../observe/request-metrics.js';
import type { Tracer } from '../observe/tracer.js';
import type { Throttle } from '../runtime/throttle.js';
import type { PipelineCall } from './call.js';
import { endingOf, inTime, type Work } from './in-time.js';
import { auditFacts } from './record.js';
import type { Forwarded, ServedService, Service } from './service.js';
import { type Answer, headerOf, type Routed, type Transport } from './transport.js';

/** What has a deadline of its own, as a token, says itself what was late. */
const GRACE_MS = 200;

export interface PipelineOptions {
  readonly trail: AuditTrail;
  readonly outbox: AuditOutbox;
  readonly unsignedRecords: UnsignedRecords;
  readonly metrics: RequestMetrics;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  readonly throttle: Throttle;
  readonly log: Log;
  /** Whether something was thrown since what every call needs is away. */
  readonly isAway: (error: unknown) => boolean;
  /** Real time in epoch milliseconds. */
  readonly wallClock: () => number;
  /** The service's time of events, in epoch milliseconds. */
  readonly eventClock: () => number;
  readonly newId: () => string;
  readonly requestTimeoutMs: number;
  /** Where an unauthenticated call is recorded: the server's own account and first Region. */
  readonly home: Scope;
}

export class Pipeline<Call extends PipelineCall, Ports> implements ServedService {
  readonly service: Service<Call, Ports>;
  readonly #ports: Ports;
  readonly #options: PipelineOptions;

  constructor(service: Service<Call, Ports>, ports: Ports, options: PipelineOptions) {
    this.service = service;
    this.#ports = ports;
    this.#options = options;
  }

  /**
   * Handles one call and records it. Never rejects: whatever happens becomes an answer, and a call
   * that can't be recorded has failed.
   */
  handle(transport: Transport, routed: Routed): Promise<Answer> {
    const deadline = this.#options.wallClock() + this.#options.requestTimeoutMs;
    return this.#answer(this.#open(transport, routed, deadline));
  }

  /**
   * Handles a call that another service of this server makes in its caller's name, who is authorized
   * as in a call of its own. Never rejects.
   */
  forward({ transport, deadline, caller, scope }: Forwarded, routed: Routed): Promise<Answer> {
    const call = this.#open(transport, routed, deadline);
    call.caller = caller;
    call.scope = scope;
    return this.#answer(call);
  }

  #open(transport: Transport, routed: Routed, deadline: number): Call {
    const { newId, wallClock, eventClock, home } = this.#options;
    const requestId = newId();
    const receivedAt = wallClock();
    const eventTime = new Date(eventClock());
    return this.service.open(
      { transport, routed, requestId, receivedAt, eventTime, deadline },
      home,
    );
  }

  #answer(call: Call): Promise<Answer> {
    const { tracer } = this.#options;
    call.span = tracer?.begin(headerOf(call.transport, 'traceparent'));
    if (!tracer || !call.span) return this.#answerNow(call);
    return tracer.within(call.span, () => this.#answerNow(call));
  }

  async #answerNow(call: Call): Promise<Answer> {
    const { wallClock, trail, outbox } = this.#options;
    const { requestId } = call;
    const records = () => this.#records(call);
    const evidence = new Evidence({ trail, outbox, requestId, records });
    const work = endingOf(this.#perform(call, evidence));
    const ending = call.routedOperation?.unhurried
      ? await work
      : await inTime(work, call.deadline + GRACE_MS - wallClock());
    const error =
      ending === 'late'
        ? await this.#giveUp(call, evidence, work)
        : await this.#record(call, evidence, ending);
    this.#measure(call, error);
    return {
      requestId,
      operation: call.routedOperation,
      error,
      output: error ? undefined : call.output,
    };
  }

  /** @returns what the caller is to be told, if that isn't the output */
  async #record(
    call: Call,
    evidence: Evidence,
    ending: Awaited<Work>,
  ): Promise<ServiceError | undefined> {
    if (ending !== 'done') call.error = this.#asServiceError(ending.thrown, call);
    try {
      if (this.#isRecorded(call)) {
        const written = await evidence.write();
        this.service.recorded?.(call, written, this.#ports);
      }
    } catch (error) {
      call.error = this.#asServiceError(error, call);
    }
    return call.error;
  }

  /**
   * Ends a call whose time is up. What it would still change is undone; a commit that is under way may
   * succeed, so the record waits until that is known.
   */
  async #giveUp(call: Call, evidence: Evidence, work: Work): Promise<ServiceError | undefined> {
    const late = deadlinePassed();
    if (evidence.giveUp()) return this.#record(call, evidence, { thrown: late });
    void work.then((ending) => {
      const facts = { requestId: call.requestId, operation: call.routedOperation?.id };
      this.#options.log.warn(facts, 'a call that was answered in its midst has ended');
      return this.#record(call, evidence, ending);
    });
    return this.#asServiceError(late, call);
  }

  /** @param error what the caller is told, which a call that is still in work doesn't know yet */
  #measure(call: Call, error: ServiceError | undefined): void {
    const { routedOperation, keyStore: store, receivedAt } = call;
    const { name: service, errors } = this.service;
    const isFault = error !== undefined && (errors.catalogue[error.code]?.http ?? 500) >= 500;
    const answered = {
      service,
      operation: routedOperation?.name ?? 'Unknown',
      code: error?.code ?? 'OK',
      outcome: isFault ? 'failed' : error ? 'refused' : 'ok',
      store,
    } as const;
    const { metrics, wallClock } = this.#options;
    metrics.answered(answered, wallClock() - receivedAt);
    this.#endSpan(call, answered);
  }

  /** Strangers trace nothing: they would use up what is kept for others. */
  #endSpan({ span, authenticated, requestId, scope }: Call, ended: Answered): void {
    if (!span) return;
    const { tracer } = this.#options;
    if (!authenticated) {
      tracer?.end(span, undefined);
      return;
    }
    const { service, operation, code, outcome, store } = ended;
    const attributes = {
      'rpc.system': 'aws-api',
      'rpc.service': service,
      'rpc.method': operation,
      'aws.request_id': requestId,
      'cloud.region': scope.region,
      ...(store !== undefined && { 'strongroom.key_store': store }),
      ...(outcome !== 'ok' && { 'error.type': code }),
    };
    const name = `${service}/${operation}`;
    tracer?.end(span, { name, attributes, failed: outcome === 'failed' });
  }

  async #perform(call: Call, evidence: Evidence): Promise<void> {
    try {
      for (const step of this.service.steps) {
        const changes = call.routedOperation?.readOnly === false;
        const waiting = changes
          ? evidence.during(() => step(call, this.#ports))
          : step(call, this.#ports);
        if (waiting) await waiting;
      }
    } finally {
      if (call.place) this.#options.throttle.leave(call.place);
    }
  }

  #isRecorded(call: Call): boolean {
    if (call.authenticated || !call.error) return true;
    return this.#options.unsignedRecords.admit();
  }

  /** What the trail has of a call, as far as it has come. */
  #records(call: Call): AuditRecord[] {
    const { service } = this;
    const ids = call.recordIds;
    let next = 0;
    const newId = () => {
      const id = ids[next] ?? this.#options.newId();
      ids[next] = id;
      next += 1;
      return id;
    };
    const facts = auditFacts(call, service.name, newId);
    return (service.records?.(call, facts, newId) ?? [facts]).map(buildRecord);
  }

  /** What isn't a ServiceError of the catalogue is a fault of ours: its text is for the log alone. */
  #asServiceError(thrown: unknown, call: Call): ServiceError {
    const { catalogue, internal, wording } = this.service.errors;
    const said = thrown instanceof ServiceError ? thrown : wording(thrown);
    const worded =
      said ?? (this.#options.isAway(thrown) ? unavailable({ cause: thrown }) : undefined);
    const error = worded && this.#spelt(worded);
    const entry = error && catalogue[error.code];
    // Whoever has found out that something is away has said so in the log.
    const isLogged = thrown instanceof CommonError && thrown.code === 'ServiceUnavailableException';
    if (!error || !entry || (entry.http >= 500 && !isLogged)) {
      const operation = call.routedOperation?.id;
      const fields = { err: error?.cause ?? thrown, requestId: call.requestId, operation };
      this.#options.log.error(fields, 'a call failed');
    }
    return error && entry ? error : new ServiceError(internal.code, internal.message);
  }

  #spelt(error: ServiceError): ServiceError {
    if (!(error instanceof CommonError)) return error;
    const code = this.service.errors.spelling[error.code];
    if (code === undefined) return error;
    const message = error.hasMessage ? error.message : undefined;
    return new ServiceError(code, message, { cause: error });
  }
}
