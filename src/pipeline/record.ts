import { pickParameters } from '../audit/parameters.js';
import type { AuditFacts } from '../audit/record.js';
import type { Decision } from '../authz/decision.js';
import type { Operation } from '../declare/operation.js';
import type { KmsError } from '../services/kms/errors.js';
import { aliasArn } from '../services/kms/keys/key-id.js';
import { relatedArn } from '../services/kms/keys/metadata.js';
import type { AuthorizedKey } from '../services/kms/steps/authorize.js';
import { type Authenticated, claimedAccessKeyId } from './authenticate.js';
import type { FaceRequest } from './request.js';

/** How far a call came: what each step found out, for the record. */
export interface Progress {
  readonly requestId: string;
  /** Real time in epoch milliseconds. */
  readonly receivedAt: number;
  /** The same moment in the calendar of keys. */
  readonly eventTime: Date;
  operationName: string;
  operation: Operation | undefined;
  authenticated: Authenticated | undefined;
  input: Record<string, unknown> | undefined;
  keys: readonly AuthorizedKey[];
  readonly decisions: Decision[];
  output: Record<string, unknown> | undefined;
  error: KmsError | undefined;
}

export interface TrailIdentity {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly newId: () => string;
}

/** The facts of one call for the audit trail. Only members on the declaration's lists are shown. */
function auditFacts(request: FaceRequest, progress: Progress, trail: TrailIdentity): AuditFacts {
  const { operation, authenticated, error, keys } = progress;
  const caller = authenticated?.caller;
  const claimed = caller ? undefined : claimedAccessKeyId(request);
  const customKeyStoreId = keys.find(({ key }) => key.customKeyStoreId)?.key.customKeyStoreId;
  return {
    eventTime: progress.eventTime,
    eventId: trail.newId(),
    requestId: progress.requestId,
    service: 'kms',
    operation: progress.operationName,
    region: authenticated?.region ?? trail.region,
    accountId: caller?.accountId ?? trail.accountId,
    ...(caller && { caller }),
    ...(claimed && { claimedAccessKeyId: claimed }),
    sourceIp: request.sourceIp,
    userAgent: headerText(request, 'user-agent'),
    ...(error && { error: { code: error.code, message: error.message } }),
    requestParameters: requestParameters(progress),
    responseElements: error ? null : responseElements(progress),
    ...(customKeyStoreId && { additionalEventData: { customKeyStoreId } }),
    decisions: progress.decisions,
    resources: resources(progress, trail.partition),
    readOnly: operation?.readOnly ?? true,
    ...(request.tls && { tls: request.tls }),
    host: headerText(request, 'host'),
  };
}

/**
 * The records of one call: the caller's account's, and of a call on another account's key that was
 * allowed, also that account's, which sees the caller's account and no more of it.
 */
export function auditRecords(
  request: FaceRequest,
  progress: Progress,
  trail: TrailIdentity,
): AuditFacts[] {
  const facts = auditFacts(request, progress, trail);
  const elsewhere = recordElsewhere(facts, progress, trail);
  if (elsewhere) return [facts, elsewhere];
  const owners = new Set(progress.keys.map(({ key }) => key.accountId));
  owners.delete(facts.accountId);
  if (owners.size === 0 || facts.caller?.type === 'AWSService') return [facts];
  const shared = { ...facts, sharedEventId: trail.newId() };
  const copies = [...owners].map((accountId) => ({
    ...shared,
    accountId,
    eventId: trail.newId(),
    resources: facts.resources.filter((resource) => resource.accountId === accountId),
  }));
  return [shared, ...copies];
}

/** What a call did in another Region, by KMS in the caller's name. */
function recordElsewhere(
  facts: AuditFacts,
  { operation, input, error, keys }: Progress,
  trail: TrailIdentity,
): AuditFacts | undefined {
  const key = keys[0]?.key;
  if (!operation?.audit.elsewhere || !input || error || !key) return undefined;
  const { operation: name, region, request } = operation.audit.elsewhere(input);
  const arn = relatedArn(key, region);
  return {
    ...facts,
    eventId: trail.newId(),
    operation: name,
    region,
    requestParameters: request,
    responseElements: { keyId: arn },
    decisions: [],
    resources: [{ accountId: key.accountId, arn }],
    invokedBy: 'kms.amazonaws.com',
  };
}

function requestParameters({ operation, input, keys }: Progress): object | null {
  if (!operation || !input) return null;
  const picked = pickParameters(input, operation.audit.request);
  const byCiphertext = keys.filter((entry) => entry.foundBy === 'ciphertext');
  if (byCiphertext.length === 0) return picked;
  // Nobody named these keys: the record does, by ARN.
  const named = byCiphertext.map(({ need, key }) => [need.member, key.arn]);
  return {
    ...pickParameters(
      Object.fromEntries(named),
      byCiphertext.map(({ need }) => need.member),
    ),
    ...picked,
  };
}

function responseElements({ operation, output, keys }: Progress): object | null {
  const shown = operation?.audit.response ?? null;
  if (shown === null) return null;
  if (shown === 'keyId') return { keyId: keys.at(-1)?.key.arn };
  return output ? pickParameters(output, shown) : null;
}

function resources({ authenticated, input, keys, output }: Progress, partition: string) {
  const found = keys.map(({ key }) => ({ accountId: key.accountId, arn: key.arn }));
  const made = output?.KeyMetadata;
  if (found.length === 0 && isMetadata(made)) {
    found.push({ accountId: made.AWSAccountId, arn: made.Arn });
  }
  const aliasName = input?.AliasName;
  if (authenticated && typeof aliasName === 'string') {
    const { region, caller } = authenticated;
    const { accountId } = caller;
    found.push({ accountId, arn: aliasArn({ partition, region, accountId }, aliasName) });
  }
  return found;
}

function isMetadata(value: unknown): value is { AWSAccountId: string; Arn: string } {
  return typeof value === 'object' && value !== null && 'Arn' in value && 'AWSAccountId' in value;
}

function headerText(request: FaceRequest, name: string): string {
  const value = request.http.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
