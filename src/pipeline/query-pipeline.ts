/** The one order in which every call of IAM and STS is handled, as pipeline.ts is for KMS. */

import { pickParameters } from '../audit/parameters.js';
import { type AuditFacts, buildRecord } from '../audit/record.js';
import type { AuditTrail } from '../audit/trail.js';
import { requestContext } from '../authz/condition-keys.js';
import type { Decision } from '../authz/decision.js';
import { decideOnIdentity, refusalText } from '../authz/evaluate.js';
import type { Principal } from '../authz/principal.js';
import type { Caller } from '../declare/operation.js';
import type { QueryCall, QueryOperation, QueryService } from '../declare/query-operation.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Throttle } from '../runtime/throttle.js';
import { QueryError, type QueryErrorCode } from '../services/iam/errors.js';
import type { QueryServices } from '../services/iam/services.js';
import { KmsError } from '../services/kms/errors.js';
import { AuthenticationError } from '../sigv4/authentication-error.js';
import type { SigV4Verifier } from '../sigv4/verifier.js';
import { claimedAccessKeyId } from './authenticate.js';
import type { TrailIdentity } from './record.js';
import type { FaceRequest } from './request.js';
import { requestFacts } from './request-facts.js';

/** What the face makes of a request before anybody knows who sent it. */
export interface QueryRequest extends Omit<FaceRequest, 'route' | 'members'> {
  /** The service whose API is meant, also when the operation is unknown. */
  readonly service: QueryService;
  /** @throws QueryError InvalidAction, MissingAction */
  readonly route: () => QueryOperation;
  /** The members as the input's shape reads the form. @throws QueryError */
  readonly members: (operation: QueryOperation) => unknown;
}

export interface QueryAnswer {
  readonly requestId: string;
  readonly operation: QueryOperation | undefined;
  readonly output: Record<string, unknown> | undefined;
  readonly error: QueryError | undefined;
}

export interface QueryPipelineOptions {
  readonly services: QueryServices;
  readonly verifiers: Readonly<Record<QueryService, SigV4Verifier<Principal>>>;
  readonly trail: AuditTrail;
  readonly trailIdentity: TrailIdentity;
  readonly throttle: Throttle;
  readonly requestTimeoutMs: number;
  readonly metrics: Metrics;
  readonly log: Log;
}

interface Progress {
  readonly requestId: string;
  readonly receivedAt: number;
  operation: QueryOperation | undefined;
  caller: Caller | undefined;
  region: string | undefined;
  input: Record<string, unknown> | undefined;
  readonly decisions: Decision[];
  output: Record<string, unknown> | undefined;
  error: QueryError | undefined;
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

export class QueryPipeline {
  readonly #options: QueryPipelineOptions;

  constructor(options: QueryPipelineOptions) {
    this.#options = options;
  }

  /** Handles one call and records it. Never rejects. */
  async handle(request: QueryRequest): Promise<QueryAnswer> {
    const { trail, metrics, services, trailIdentity } = this.#options;
    const progress: Progress = {
      requestId: trailIdentity.newId(),
      receivedAt: services.now(),
      operation: undefined,
      caller: undefined,
      region: undefined,
      input: undefined,
      decisions: [],
      output: undefined,
      error: undefined,
    };
    try {
      progress.output = await this.#perform(request, progress);
    } catch (error) {
      progress.error = this.#asQueryError(error, request, progress);
    }
    try {
      await trail.append(buildRecord(this.#facts(request, progress)));
    } catch (error) {
      progress.error = this.#asQueryError(error, request, progress);
    }
    const { requestId, operation, error, output, receivedAt } = progress;
    metrics.answered(
      operation?.name ?? 'Unknown',
      error?.code ?? 'OK',
      services.now() - receivedAt,
    );
    return { requestId, operation, error, output: error ? undefined : output };
  }

  async #perform(request: QueryRequest, progress: Progress): Promise<Record<string, unknown>> {
    const { services, throttle, requestTimeoutMs } = this.#options;

    const operation = request.route();
    progress.operation = operation;
    const { caller, region } = await this.#authenticate(request, operation);
    if (caller !== NOBODY) progress.caller = caller;
    progress.region = region;

    const input = operation.decode(request.members(operation));
    progress.input = input;

    const call: QueryCall<Record<string, unknown>> = {
      requestId: progress.requestId,
      input,
      caller,
      scope: { partition: services.partition, region, accountId: caller.accountId },
      sourceIp: request.sourceIp,
      secure: request.tls !== undefined,
      userAgent: String(request.http.headers['user-agent'] ?? ''),
      deadline: progress.receivedAt + requestTimeoutMs,
      facts: requestFacts(request, caller, region, services.now()),
      decisions: progress.decisions,
    };
    throttle.enter();
    try {
      await this.#authorize(operation, call);
      return await operation.run(call, services);
    } finally {
      throttle.leave();
    }
  }

  async #authenticate(request: QueryRequest, operation: QueryOperation) {
    const { verifiers, trailIdentity } = this.#options;
    if (operation.access.by === 'nothing') return { caller: NOBODY, region: trailIdentity.region };
    try {
      const verified = await verifiers[request.service].verify(request.http);
      const { principal, accessKeyId, region } = verified;
      return { caller: { ...principal, accessKeyId }, region };
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      throw new QueryError(AUTHENTICATION_CODES[error.code], error.message);
    }
  }

  /** @throws QueryError AccessDenied */
  async #authorize(
    operation: QueryOperation,
    call: QueryCall<Record<string, unknown>>,
  ): Promise<void> {
    const { access, service, name } = operation;
    const { caller, scope } = call;
    if (access.by === 'nothing') return;
    // A service acts for a caller at KMS alone.
    if (caller.via && name !== 'GetCallerIdentity') {
      throw new QueryError(
        'AccessDenied',
        'Forwarded credentials cannot be used for this service.',
      );
    }
    if (access.by === 'signature') return;
    const { session, type } = caller;
    if (service === 'iam' && session && type !== 'AssumedRole' && session.mfaAt === undefined) {
      // STS API Reference, GetSessionToken: "You cannot call any IAM API operations unless MFA …".
      throw new QueryError(
        'InvalidClientTokenId',
        'The security token included in the request is invalid',
      );
    }
    const action = access.action ?? `${service}:${name}`;
    const resource = await access.resource(call.input, call, this.#options.services);
    const { members, tags, resourceTags } = access.conditions?.(call.input) ?? {};
    const request = {
      principal: caller,
      action,
      resource,
      resourceAccountId: scope.accountId,
      context: requestContext({
        ...call.facts,
        action,
        resourceAccountId: scope.accountId,
        ...(members && { members }),
        ...(tags && { tags }),
        ...(resourceTags && { resourceTags }),
      }),
    };
    const decision = decideOnIdentity(request);
    call.decisions.push(decision);
    if (!decision.allowed) throw new QueryError('AccessDenied', refusalText(request, decision));
  }

  #facts(request: QueryRequest, progress: Progress): AuditFacts {
    const { trailIdentity } = this.#options;
    const { operation, caller, error, input, output, region } = progress;
    const claimed = caller ? undefined : claimedAccessKeyId(request);
    const { request: shown = [], response = null } = operation?.audit ?? {};
    return {
      eventTime: new Date(progress.receivedAt),
      eventId: trailIdentity.newId(),
      requestId: progress.requestId,
      service: request.service,
      operation: operation?.name ?? 'Unknown',
      region: region ?? trailIdentity.region,
      accountId: caller?.accountId ?? trailIdentity.accountId,
      ...(caller && { caller }),
      ...(claimed && { claimedAccessKeyId: claimed }),
      sourceIp: request.sourceIp,
      userAgent: String(request.http.headers['user-agent'] ?? ''),
      ...(error && { error: { code: error.code, message: error.message } }),
      requestParameters: input ? pickParameters(input, shown) : null,
      responseElements: output && !error && response ? pickParameters(output, response) : null,
      decisions: progress.decisions,
      resources: [],
      readOnly: operation?.readOnly ?? true,
      ...(request.tls && { tls: request.tls }),
      host: String(request.http.headers.host ?? ''),
    };
  }

  #asQueryError(error: unknown, { service }: QueryRequest, progress: Progress): QueryError {
    if (error instanceof QueryError && error.http < 500) return error;
    if (error instanceof KmsError && Object.hasOwn(KMS_CODES, error.code)) {
      return new QueryError(KMS_CODES[error.code] ?? 'ValidationError', error.message);
    }
    const fields = {
      err: error,
      requestId: progress.requestId,
      operation: progress.operation?.name,
    };
    this.#options.log.error(fields, 'a call failed');
    return error instanceof QueryError
      ? error
      : new QueryError(
          service === 'iam' ? 'ServiceFailure' : 'InternalFailure',
          'The request failed because of an internal error.',
        );
  }
}

const AUTHENTICATION_CODES = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  UnrecognizedClientException: 'InvalidClientTokenId',
  ExpiredTokenException: 'ExpiredToken',
} as const satisfies Record<AuthenticationError['code'], QueryErrorCode>;

/** What the steps that are shared with KMS refuse with. */
const KMS_CODES: Readonly<Record<string, QueryErrorCode>> = {
  ValidationException: 'ValidationError',
  SerializationException: 'MalformedInput',
  ThrottlingException: 'Throttling',
};
