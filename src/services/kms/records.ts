/** What a record of the audit trail says of a call of KMS beyond what every call's says. */
import { pickParameters } from '../../audit/parameters.js';
import type { AuditFacts } from '../../audit/record.js';
import type { KmsCall } from './call.js';
import { aliasArn } from './keys/key-id.js';
import { relatedArn } from './keys/metadata.js';

/**
 * The records of one call: the caller's account's, and of a call on another account's key that was
 * allowed, also that account's, which sees the caller's account and no more of it.
 */
export function kmsRecords(call: KmsCall, shared: AuditFacts, newId: () => string): AuditFacts[] {
  const facts = kmsFacts(call, shared);
  const elsewhere = recordElsewhere(facts, call, newId);
  if (elsewhere) return [facts, elsewhere];
  const owners = new Set(call.authorized.map(({ key }) => key.accountId));
  owners.delete(facts.accountId);
  if (owners.size === 0 || facts.caller?.type === 'AWSService') return [facts];
  const linked = { ...facts, sharedEventId: newId() };
  const copies = [...owners].map((accountId) => ({
    ...linked,
    accountId,
    eventId: newId(),
    resources: facts.resources.filter((resource) => resource.accountId === accountId),
  }));
  return [linked, ...copies];
}

function kmsFacts(call: KmsCall, facts: AuditFacts): AuditFacts {
  const { authorized } = call;
  const customKeyStoreId = authorized.find(({ key }) => key.customKeyStoreId)?.key.customKeyStoreId;
  const byKeyId = !call.error && call.routedOperation?.audit.response === 'keyId';
  return {
    ...facts,
    requestParameters: requestParameters(call, facts),
    ...(byKeyId && { responseElements: { keyId: authorized.at(-1)?.key.arn } }),
    ...(customKeyStoreId && {
      additionalEventData: { ...facts.additionalEventData, customKeyStoreId },
    }),
    resources: resources(call),
  };
}

/** What a call did in another Region, by KMS in the caller's name. */
function recordElsewhere(
  facts: AuditFacts,
  call: KmsCall,
  newId: () => string,
): AuditFacts | undefined {
  const key = call.authorized[0]?.key;
  const elsewhere = call.routedOperation?.elsewhere;
  if (!elsewhere || !call.decoded || call.error || !key) return undefined;
  const { operation, region, request } = elsewhere(call.input);
  const arn = relatedArn(key, region);
  return {
    ...facts,
    eventId: newId(),
    operation,
    region,
    requestParameters: request,
    responseElements: { keyId: arn },
    decisions: [],
    resources: [{ accountId: key.accountId, arn }],
    invokedBy: 'kms.amazonaws.com',
  };
}

function requestParameters({ authorized }: KmsCall, facts: AuditFacts): object | null {
  const byCiphertext = authorized.filter((entry) => entry.foundBy === 'ciphertext');
  if (byCiphertext.length === 0) return facts.requestParameters;
  // Nobody named these keys: the record does, by ARN.
  const named = byCiphertext.map(({ need, key }) => [need.member, key.arn]);
  const members = byCiphertext.map(({ need }) => need.member);
  return { ...pickParameters(Object.fromEntries(named), members), ...facts.requestParameters };
}

function resources(call: KmsCall) {
  const found = call.authorized.map(({ key }) => ({ accountId: key.accountId, arn: key.arn }));
  // What is made stays out of the record of a call that failed.
  if (!call.error)
    found.push(...call.about.map((arn) => ({ accountId: call.scope.accountId, arn })));
  const aliasName = call.input.AliasName;
  if (call.authenticated && typeof aliasName === 'string') {
    found.push({ accountId: call.scope.accountId, arn: aliasArn(call.scope, aliasName) });
  }
  return found;
}
