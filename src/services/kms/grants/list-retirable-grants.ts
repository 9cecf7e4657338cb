import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { readPage, requireLimit } from '../paging.js';
import { refuse } from '../refusals.js';
import { Limit, Marker, pageMembers } from '../shapes.js';
import { GrantListEntry, GrantPrincipalName, ServicePrincipalName } from './grant-shapes.js';
import { accountOfPrincipal, grantListEntry } from './grants.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

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
  access: { keys: [], action: 'kms:ListRetirableGrants', crossAccount: false, grants: false },
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
  async run({ input, caller, scope }, { grants, principals }) {
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
