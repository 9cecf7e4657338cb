/** Making a grant. Source: AWS KMS API Reference; shared reference, authorization.md §8. */
import { randomBytes } from 'node:crypto';
import { type Static, type TObject, Type } from 'typebox';
import type { Grant } from '../../../authz/grant.js';
import type { PrincipalNames } from '../../../authz/policy-principals.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { stillAllows } from '../keys/change-key.js';
import { type KeyCall, onKey } from '../on-key.js';
import { GrantTokens } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { newGrantId } from './grant-id.js';
import { checkWithinParent, isSameGrant } from './grant-limits.js';
import {
  checkGrantMembers,
  checkGrantSuitsKey,
  constraintsOf,
  grantConditions,
} from './grant-members.js';
import { requirePrincipal } from './grant-principals.js';
import type { GrantRepository } from './grant-repository.js';
import {
  GrantConstraints,
  GrantId,
  GrantName,
  GrantOperations,
  GrantPrincipalName,
  GrantToken,
  ServicePrincipalName,
} from './grant-shapes.js';
import { makeGrantToken } from './grant-token.js';
import type { Grantable } from './grantable.js';

const members = {
  GranteePrincipal: Type.Optional(GrantPrincipalName),
  RetiringPrincipal: Type.Optional(GrantPrincipalName),
  Operations: GrantOperations,
  Constraints: Type.Optional(GrantConstraints),
  GrantTokens: Type.Optional(GrantTokens),
  Name: Type.Optional(GrantName),
  DryRun: Type.Optional(Type.Boolean()),
  GranteeServicePrincipal: Type.Optional(ServicePrincipalName),
  RetiringServicePrincipal: Type.Optional(ServicePrincipalName),
};
type Members = Static<TObject<typeof members>>;

interface NewGrantPorts {
  readonly grants: GrantRepository;
  /** Who the names in policies and grants are. */
  readonly principals: PrincipalNames;
  readonly calendar: CalendarClock;
  readonly grantable: Grantable;
  readonly keyStores: KeyStores;
}

export const createGrant = onKey('CreateGrant', {
  summary: 'Lets a principal use a KMS key for some operations.',
  route: 'POST /keys/{KeyId}/grants',
  members,
  output: Type.Object({ GrantToken, GrantId }),
  state: 'grant',
  conditions: grantConditions,
  principals: ['kms:granteeprincipal', 'kms:retiringprincipal'],
  everyGrant: true,
  crossAccount: true,
  grants: true,
  grantIsForAwsResource: true,
  errors: ['DisabledException', 'LimitExceededException'],
  shown: ['GrantId'],
  validate: checkGrantMembers,
  async check(call, ports: NewGrantPorts) {
    await newGrant(call, ports);
  },
  async run(call, ports: NewGrantPorts) {
    const wanted = await newGrant(call, ports);
    const same = (other: Grant) => isSameGrant(wanted, other);
    const made = await ports.grants.insert(wanted, same, stillAllows(call.rule, ports));
    return { GrantId: made.grantId, GrantToken: makeGrantToken(made, randomBytes) };
  },
});

/** The grant that is asked for. @throws ServiceError where it may not be made. */
async function newGrant(
  { input, key, grantIds, caller, scope }: KeyCall<Members>,
  { grants, principals, calendar, grantable }: NewGrantPorts,
): Promise<Grant> {
  checkGrantSuitsKey(key, input, grantable);
  const named = async (
    member: 'GranteePrincipal' | 'RetiringPrincipal',
    service: string | undefined,
  ) => {
    const { [member]: name } = input;
    if (name === undefined) return service === undefined ? undefined : { name: service };
    return requirePrincipal(member, name, principals, scope.partition);
  };
  const grantee = await named('GranteePrincipal', input.GranteeServicePrincipal);
  const retiring = await named('RetiringPrincipal', input.RetiringServicePrincipal);
  if (!grantee) throw new Error('a grant without a grantee passed validation');
  const wanted: Grant = {
    grantId: newGrantId(),
    accountId: key.accountId,
    region: key.region,
    keyId: key.keyId,
    grantee,
    ...(retiring && { retiring }),
    issuingAccountId: caller.accountId,
    operations: [...new Set(input.Operations)],
    constraints: constraintsOf(input.Constraints),
    ...(input.Name !== undefined && { name: input.Name }),
    createdAt: new Date(calendar()),
  };
  if (grantIds.key.length > 0) {
    const index = await grants.index(key.region, key.keyId);
    const parents = grantIds.key.flatMap((grantId) => index.get(grantId) ?? []);
    checkWithinParent(parents, wanted, caller.arn, key);
  }
  return wanted;
}
