/** Lists of grants. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import { onKey } from '../on-key.js';
import { defineOperation } from '../operation.js';
import { readPage, requireLimit } from '../paging.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, Limit, Marker, pageMembers } from '../shapes.js';
import { checkGrantId } from './grant-id.js';
import { grantListEntry } from './grant-list-entry.js';
import { accountOfPrincipal } from './grant-principals.js';
import type { GrantRepository } from './grant-repository.js';
import {
  GrantId,
  GrantListEntry,
  GrantPrincipalName,
  ServicePrincipalName,
} from './grant-shapes.js';

interface ListPorts {
  readonly grants: Pick<GrantRepository, 'list' | 'listRetirable'>;
  /** Who the names in grants are. */
  readonly principals: PrincipalNames;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

export const listGrants = onKey('ListGrants', {
  summary: 'Lists the grants of a KMS key.',
  route: 'GET /keys/{KeyId}/grants',
  members: {
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
    KeyId: KeyIdRef,
    GrantId: Type.Optional(GrantId),
    GranteePrincipal: Type.Optional(GrantPrincipalName),
    GranteeServicePrincipal: Type.Optional(ServicePrincipalName),
  },
  output: Type.Object({ Grants: Type.Array(GrantListEntry), ...pageMembers }),
  state: 'any',
  crossAccount: true,
  grantIsForAwsResource: true,
  readOnly: true,
  errors: ['InvalidGrantIdException', 'KMSInvalidStateException'],
  validate: (input) => requireLimit(input, MAX_LIMIT),
  async run({ input, key, scope }, { grants, principals }: ListPorts) {
    if (input.GrantId !== undefined) checkGrantId(input.GrantId);
    const filter = {
      grantId: input.GrantId,
      grantee: input.GranteePrincipal ?? input.GranteeServicePrincipal,
    };
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => grants.list(key, filter, after, limit),
      (grant) => grant.grantId,
    );
    const entries = items.map((grant) => grantListEntry(grant, scope.partition, principals));
    return { Grants: await Promise.all(entries), ...page };
  },
});

export const listRetirableGrants = defineOperation({
  name: 'ListRetirableGrants',
  summary: "Lists the grants, of any account's keys, that a principal may retire.",
  input: Type.Object({
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
    RetiringPrincipal: Type.Optional(GrantPrincipalName),
    RetiringServicePrincipal: Type.Optional(ServicePrincipalName),
  }),
  output: Type.Object({ Grants: Type.Array(GrantListEntry), ...pageMembers }),
  route: { method: 'GET', path: '/retirable-grants' },
  validate: (input) => {
    requireLimit(input, MAX_LIMIT);
    const { RetiringPrincipal: principal, RetiringServicePrincipal: service } = input;
    if ((principal === undefined) === (service === undefined)) {
      throw refuse.validation(
        'Exactly one of RetiringPrincipal and RetiringServicePrincipal must be specified.',
      );
    }
  },
  access: {
    keys: [],
    action: 'kms:ListRetirableGrants',
    crossAccount: false,
    grants: false,
    withoutCallerAccount: true,
  },
  readOnly: true,
  errors: [
    'DependencyTimeoutException',
    'InvalidMarkerException',
    'InvalidArnException',
    'NotFoundException',
    'KMSInternalException',
  ],
  audit: {
    request: ['Limit', 'Marker', 'RetiringPrincipal', 'RetiringServicePrincipal'],
    response: null,
  },
  async run({ input, caller, scope }, { grants, principals }: ListPorts) {
    const { RetiringPrincipal: principal, RetiringServicePrincipal: service = '' } = input;
    const own =
      principal === undefined
        ? caller.serviceName === service
        : accountOfPrincipal(principal) === caller.accountId;
    if (!own) throw refuse.crossAccount(caller.arn, 'kms:ListRetirableGrants');
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => grants.listRetirable(scope.region, principal ?? service, after, limit),
      (grant) => grant.grantId,
    );
    const entries = items.map((grant) => grantListEntry(grant, scope.partition, principals));
    return { Grants: await Promise.all(entries), ...page };
  },
});
