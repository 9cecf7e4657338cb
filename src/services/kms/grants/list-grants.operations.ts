/** Lists of grants. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { principalId } from '../../../authz/grant.js';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import { kmsError } from '../errors.js';
import { onKey } from '../on-key.js';
import { defineOperation } from '../operation.js';
import { readPage, requireLimit } from '../paging.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, Limit, Marker, pageMembers } from '../shapes.js';
import { checkGrantId } from './grant-id.js';
import { grantListEntry } from './grant-list-entry.js';
import { accountOfPrincipal, findPrincipal, unknownPrincipal } from './grant-principals.js';
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
  errors: ['InvalidArnException', 'InvalidGrantIdException', 'KMSInvalidStateException'],
  validate: (input) => requireLimit(input, MAX_LIMIT),
  async run({ input, key, scope }, { grants, principals }: ListPorts) {
    if (input.GrantId !== undefined) checkGrantId(input.GrantId);
    const { GranteePrincipal: name } = input;
    const grantee =
      name === undefined ? undefined : await findPrincipal(name, principals, scope.partition);
    if (name !== undefined && !grantee)
      throw unknownPrincipal(name, 'Input does not refer to a valid principal');
    const filter = {
      grantId: input.GrantId,
      grantee: grantee ? principalId(grantee) : input.GranteeServicePrincipal,
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
    const { RetiringPrincipal: name, RetiringServicePrincipal: service = '' } = input;
    const requireOwn = (own: boolean) => {
      if (!own) throw refuse.crossAccount(caller.arn, 'kms:ListRetirableGrants');
    };
    // An ARN says its account: whether another account's principal exists is nobody's business.
    const account = name === undefined ? undefined : accountOfPrincipal(name);
    if (name === undefined) requireOwn(caller.serviceName === service);
    else if (account !== undefined) requireOwn(account === caller.accountId);
    const found =
      name === undefined ? undefined : await findPrincipal(name, principals, scope.partition);
    if (name !== undefined && !found) {
      if (name.startsWith('arn:')) throw unknownPrincipal(name, '');
      throw kmsError('NotFoundException', `Retiring principal ${name} could not be found`);
    }
    if (found) requireOwn(accountOfPrincipal(found.name) === caller.accountId);
    const retiring = found ? principalId(found) : service;
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => grants.listRetirable(scope.region, retiring, after, limit),
      (grant) => grant.grantId,
    );
    const entries = items.map((grant) => grantListEntry(grant, scope.partition, principals));
    return { Grants: await Promise.all(entries), ...page };
  },
});
