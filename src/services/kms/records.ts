/** What a record of the audit trail says of a call of KMS beyond what every call's says. */
import type { AuditFacts } from '../../audit/record.js';
import type { KmsCall } from './call.js';
import { materialIdOf } from './cryptography/material-id.js';
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
  const { authorized, error } = call;
  const customKeyStoreId = authorized.find(({ key }) => key.customKeyStoreId)?.key.customKeyStoreId;
  const byKeyId = !error && call.routedOperation?.audit.response === 'keyId';
  // Of these CloudTrail shows no parameters: what was asked for stands with our own data then.
  const isRefused =
    error?.code === 'AccessDeniedException' ||
    (error?.code === 'NotFoundException' && authorized.length === 0);
  const { requestParameters, responseElements, additionalEventData } = facts;
  const refused = isRefused ? requestParameters : null;
  const materials = usedMaterials(call);
  // Every call comes here: what it has nothing of is not spread.
  const hasMore = customKeyStoreId !== undefined || materials !== undefined || refused !== null;
  return {
    ...facts,
    requestParameters: isRefused ? null : requestParameters,
    responseElements: byKeyId ? { keyId: authorized.at(-1)?.key.arn } : responseElements,
    additionalEventData: hasMore
      ? {
          ...additionalEventData,
          ...(customKeyStoreId !== undefined && { customKeyStoreId }),
          ...materials,
          ...(refused && { refusedRequestParameters: refused }),
        }
      : additionalEventData,
    resources: resources(call),
  };
}

/** CloudTrail's members, by what a key is for the call. */
const MATERIAL_MEMBERS: Readonly<Record<string, string>> = {
  key: 'keyMaterialId',
  source: 'sourceKeyMaterialId',
  destination: 'destinationKeyMaterialId',
};

/** The materials with which a symmetric call that succeeded was done; undefined for any other. */
function usedMaterials({ authorized, error, routedOperation }: KmsCall): object | undefined {
  if (error || !routedOperation?.countsAsUse) return undefined;
  let used: object | undefined;
  for (const { need, key, ciphertext } of authorized) {
    const member = MATERIAL_MEMBERS[need.role];
    if (member === undefined) continue;
    const named = materialIdOf(key, member, ciphertext);
    if (member in named) used = used ? { ...used, ...named } : named;
  }
  return used;
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
