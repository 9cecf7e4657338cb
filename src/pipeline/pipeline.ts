/** The one order in which every call of every face is handled. */

import { type AuditRecord, buildRecord } from '../audit/record.js';
import type { AuditTrail } from '../audit/trail.js';
import type { Principal } from '../authz/principal.js';
import type { Call } from '../declare/operation.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Throttle } from '../runtime/throttle.js';
import { KmsError } from '../services/kms/errors.js';
import type { PendingKeyUses } from '../services/kms/events/pending-use.js';
import type { Key } from '../services/kms/keys/key.js';
import type { Services } from '../services/kms/services.js';
import {
  type AuthorizationStep,
  type AuthorizedKey,
  authorize,
  identityAllows,
  wouldAllow,
} from '../services/kms/steps/authorize.js';
import { checkKeys } from '../services/kms/steps/check-keys.js';
import { stopDryRun } from '../services/kms/steps/dry-run.js';
import { readCiphertexts, resolveKeys } from '../services/kms/steps/resolve-keys.js';
import type { SigV4Verifier } from '../sigv4/verifier.js';
import { authenticate } from './authenticate.js';
import { auditRecords, type Progress, type TrailIdentity } from './record.js';
import type { Answer, FaceRequest } from './request.js';

export interface PipelineOptions {
  readonly services: Services;
  readonly verifier: SigV4Verifier<Principal>;
  readonly trail: AuditTrail;
  readonly trailIdentity: TrailIdentity;
  readonly throttle: Throttle;
  readonly partition: string;
  readonly requestTimeoutMs: number;
  readonly metrics: Metrics;
  readonly pendingKeyUses: PendingKeyUses;
  /** Real time in epoch milliseconds. */
  readonly wallClock: () => number;
  readonly log: Log;
}

export class Pipeline {
  readonly #options: PipelineOptions;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  /**
   * Handles one call and records it. Never rejects: whatever happens becomes an answer, and a call
   * that can't be recorded has failed.
   */
  async handle(request: FaceRequest): Promise<Answer> {
    const progress: Progress = {
      requestId: this.#options.services.newId(),
      receivedAt: this.#options.wallClock(),
      eventTime: new Date(this.#options.services.now()),
      operationName: 'Unknown',
      operation: undefined,
      authenticated: undefined,
      input: undefined,
      keys: [],
      decisions: [],
      output: undefined,
      error: undefined,
    };
    try {
      progress.output = await this.#perform(request, progress);
    } catch (error) {
      progress.error = this.#asKmsError(error, progress);
    }
    try {
      const facts = auditRecords(request, progress, this.#options.trailIdentity);
      const records = facts.map(buildRecord);
      for (const record of records) await this.#options.trail.append(record);
      this.#noteUse(progress, records);
    } catch (error) {
      progress.error = this.#asKmsError(error, progress);
    }
    const { requestId, operation, error } = progress;
    const { metrics, wallClock } = this.#options;
    const name = operation?.name ?? 'Unknown';
    metrics.answered(name, error?.code ?? 'OK', wallClock() - progress.receivedAt);
    return { requestId, operation, error, output: error ? undefined : progress.output };
  }

  async #perform(request: FaceRequest, progress: Progress): Promise<Record<string, unknown>> {
    const { services, verifier, throttle, partition, requestTimeoutMs } = this.#options;

    // Route: what is called, before who calls, so that the record can name it.
    const operation = request.route();
    progress.operationName = operation.name;

    progress.authenticated = await authenticate(request, verifier);
    const { caller, region } = progress.authenticated;
    progress.operation = operation;

    // Parse and validate.
    const input = operation.decode(request.members());
    progress.input = input;

    const deadline = progress.receivedAt + requestTimeoutMs;
    const scope = { partition, region, accountId: caller.accountId };
    const resolved = await resolveKeys(operation.access, input, scope, services, deadline);
    await learnGrantTokens(input, services);
    const { access } = operation;
    const { decisions } = progress;
    const step: AuthorizationStep = {
      access,
      input,
      caller,
      scope,
      request,
      services,
      decisions,
    };
    progress.keys = await authorize(step, resolved);
    const keys = readCiphertexts(progress.keys);

    throttle.enter();
    try {
      operation.access.precheck?.(input);
      for (const { key } of keys) {
        const looking = services.keyStores.lookFor(key, deadline);
        if (looking) await looking;
      }
      checkKeys(operation, keys, services);
      const call: Call = {
        requestId: progress.requestId,
        operation: operation.name,
        input,
        caller,
        region,
        partition,
        keys: byRole(keys, (entry) => entry.key),
        ciphertexts: byRole(keys, (entry) => entry.ciphertext),
        grantIds: byRole(keys, (entry) => entry.grantId),
        wouldAllow: (action, key) => wouldAllow(step, action, key),
        identityAllows: (action, key) => identityAllows(step, action, key),
        deadline,
      };
      await operation.check?.(call, services);
      stopDryRun(operation, input, 'before run');
      const output = await operation.run(call, services);
      stopDryRun(operation, input, 'after run');
      return output;
    } finally {
      throttle.leave();
    }
  }

  /** A key's last use, and the alarm about one that awaits its deletion; neither is waited for. */
  #noteUse({ keys, error, operationName, eventTime, requestId }: Progress, records: AuditRecord[]) {
    const { services, pendingKeyUses } = this.#options;
    for (const { key, need } of keys) {
      const record =
        records.find(({ recipientAccountId: id }) => id === key.accountId) ?? records[0];
      if (!record) return;
      if (!error) {
        const use = { operation: operationName, usedAt: eventTime, eventId: record.eventID };
        services.lastUsage.note(key, { ...use, requestId });
      } else if (need.state === 'cryptography' && isPendingDeletion(key)) {
        void pendingKeyUses.refused(key, record);
      }
    }
  }

  /** What isn't a KmsError is a fault of ours: its text is for the log, not for the caller. */
  #asKmsError(error: unknown, { requestId, operationName }: Progress): KmsError {
    const known = error instanceof KmsError ? error : undefined;
    if (!known || known.entry.http >= 500) {
      const fields = { err: known?.cause ?? error, requestId, operation: operationName };
      this.#options.log.error(fields, 'a call failed');
    }
    return (
      known ??
      new KmsError('KMSInternalException', 'The request failed because of an internal error.')
    );
  }
}

/**
 * A grant token makes its grant known here at once, also when another server made it.
 * @throws KmsError InvalidGrantTokenException
 */
async function learnGrantTokens(
  { GrantTokens: tokens }: Record<string, unknown>,
  { grants }: Services,
): Promise<void> {
  if (Array.isArray(tokens) && tokens.length > 0) await grants.learn(tokens);
}

function isPendingDeletion({ status }: Key): boolean {
  return status === 'pending-deletion' || status === 'pending-replica-deletion';
}

function byRole<T>(
  keys: readonly AuthorizedKey[],
  pick: (entry: AuthorizedKey) => T,
): Record<string, T> {
  const picked: Record<string, T> = {};
  for (const entry of keys) picked[entry.need.role] = pick(entry);
  return picked;
}
