/** Making a grant and ending it. Source: AWS KMS API Reference; shared reference, authorization.md §8. */
import { randomBytes } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { Grant } from '../../../authz/grant.js';
import type { PrincipalNames } from '../../../authz/shown-policy.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { keyArn } from '../keys/key-id.js';
import { onKey } from '../on-key.js';
import { type Call, defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { GrantTokens, KeyIdRef } from '../shapes.js';
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
import { makeGrantToken, parseGrantToken } from './grant-token.js';
import type { Grantable } from './grantable.js';
import {
  checkGrantId,
  checkGrantMembers,
  checkGrantSuitsKey,
  checkWithinParent,
  constraintsOf,
  grantConditions,
  grantPrincipal,
  isSameGrant,
  mayRetire,
} from './grants.js';

const GRANT_ID_BYTES = 32;

const CreateGrantInput = Type.Object({
  KeyId: KeyIdRef,
  GranteePrincipal: Type.Optional(GrantPrincipalName),
  RetiringPrincipal: Type.Optional(GrantPrincipalName),
  Operations: GrantOperations,
  Constraints: Type.Optional(GrantConstraints),
  GrantTokens: Type.Optional(GrantTokens),
  Name: Type.Optional(GrantName),
  DryRun: Type.Optional(Type.Boolean()),
  GranteeServicePrincipal: Type.Optional(ServicePrincipalName),
  RetiringServicePrincipal: Type.Optional(ServicePrincipalName),
});
type CreateGrantInput = Static<typeof CreateGrantInput>;

interface NewGrantPorts {
  readonly grants: GrantRepository;
  /** Who the names in policies and grants are. */
  readonly principals: PrincipalNames;
  readonly calendar: CalendarClock;
  readonly grantable: Grantable;
}

export const createGrant = defineOperation({
  name: 'CreateGrant',
  summary: 'Lets a principal use a KMS key for some operations.',
  input: CreateGrantInput,
  output: Type.Object({ GrantToken, GrantId }),
  route: { method: 'POST', path: '/keys/{KeyId}/grants' },
  validate: checkGrantMembers,
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:CreateGrant',
        idForms: 'key',
        member: 'KeyId',
        state: 'grant',
        conditions: grantConditions,
      },
    ],
    crossAccount: true,
    grants: true,
    grantIsForAwsResource: true,
  },
  readOnly: false,
  errors: [
    'NotFoundException',
    'DisabledException',
    'DependencyTimeoutException',
    'InvalidArnException',
    'KMSInternalException',
    'InvalidGrantTokenException',
    'LimitExceededException',
    'KMSInvalidStateException',
    'DryRunOperationException',
  ],
  audit: {
    request: [
      'KeyId',
      'GranteePrincipal',
      'RetiringPrincipal',
      'Operations',
      'Constraints',
      'Name',
      'DryRun',
      'GranteeServicePrincipal',
      'RetiringServicePrincipal',
    ],
    response: ['GrantId'],
  },
  async check(call, ports: NewGrantPorts) {
    await newGrant(call, ports);
  },
  async run(call, ports: NewGrantPorts) {
    const wanted = await newGrant(call, ports);
    const made = await ports.grants.insert(wanted, (other) => isSameGrant(wanted, other));
    return { GrantId: made.grantId, GrantToken: makeGrantToken(made, randomBytes) };
  },
});

/** The grant that is asked for. @throws ServiceError where it may not be made. */
async function newGrant(
  { input, keys: { key }, grantIds, caller, scope }: Call<CreateGrantInput, 'key'>,
  { grants, principals, calendar, grantable }: NewGrantPorts,
): Promise<Grant> {
  checkGrantSuitsKey(key, input, grantable);
  const named = (arn: string | undefined, service: string | undefined) =>
    arn === undefined
      ? service === undefined
        ? undefined
        : { name: service }
      : grantPrincipal(arn, principals, scope.partition);
  const grantee = await named(input.GranteePrincipal, input.GranteeServicePrincipal);
  const retiring = await named(input.RetiringPrincipal, input.RetiringServicePrincipal);
  if (!grantee) throw new Error('a grant without a grantee passed validation');
  const wanted: Grant = {
    grantId: randomBytes(GRANT_ID_BYTES).toString('hex'),
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
  if (grantIds.key !== undefined) {
    const parent = await grants.find({ ...wanted, grantId: grantIds.key });
    checkWithinParent(parent, wanted, caller.arn, key);
  }
  return wanted;
}

export const revokeGrant = onKey('RevokeGrant', {
  summary: 'Ends a grant: what it allowed is no longer allowed.',
  route: 'DELETE /keys/{KeyId}/grants/{GrantId}',
  members: { GrantId, DryRun: Type.Optional(Type.Boolean()) },
  state: 'any',
  crossAccount: true,
  grantIsForAwsResource: true,
  errors: ['InvalidGrantIdException', 'KMSInvalidStateException'],
  async check({ input, key }, { grants }: { readonly grants: GrantRepository }) {
    checkGrantId(input.GrantId);
    const found = await grants.find({ ...key, grantId: input.GrantId });
    if (!found) throw refuse.grantNotFound(input.GrantId);
  },
  async run({ input, key }, { grants }: { readonly grants: GrantRepository }) {
    const gone = await grants.delete({ ...key, grantId: input.GrantId });
    if (!gone) throw refuse.grantNotFound(input.GrantId);
    return {};
  },
});

const RetireGrantInput = Type.Object({
  GrantToken: Type.Optional(GrantToken),
  KeyId: Type.Optional(KeyIdRef),
  GrantId: Type.Optional(GrantId),
  DryRun: Type.Optional(Type.Boolean()),
});
type RetireGrantInput = Static<typeof RetireGrantInput>;

interface RetirePorts {
  readonly grants: GrantRepository;
}

export const retireGrant = defineOperation({
  name: 'RetireGrant',
  summary: 'Ends a grant, by a principal that the grant itself entitles to do so.',
  input: RetireGrantInput,
  output: 'nothing',
  route: { method: 'POST', path: '/retire-grant' },
  validate: ({ GrantToken: token, KeyId, GrantId: grantId }) => {
    const byId = KeyId !== undefined && grantId !== undefined;
    if (token === undefined ? !byId : KeyId !== undefined || grantId !== undefined) {
      throw refuse.validation('Specify either GrantToken, or KeyId and GrantId.');
    }
  },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:RetireGrant',
        idForms: 'key',
        member: 'KeyId',
        named: ({ GrantToken: token, KeyId }, scope) => {
          if (token === undefined) return KeyId;
          const { region, accountId, keyId } = parseGrantToken(token);
          return keyArn({ ...scope, region, accountId }, keyId);
        },
        authorizedBy: 'operation',
        state: 'any',
      },
    ],
    crossAccount: true,
    grants: true,
  },
  readOnly: false,
  errors: [
    'InvalidArnException',
    'InvalidGrantTokenException',
    'InvalidGrantIdException',
    'NotFoundException',
    'DependencyTimeoutException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'GrantId', 'DryRun'], response: 'keyId' },
  async check(call, ports: RetirePorts) {
    await entitledGrant(call, ports);
  },
  async run(call, ports: RetirePorts) {
    const grant = await entitledGrant(call, ports);
    if (!(await ports.grants.delete(grant))) throw refuse.grantNotFound(grant.grantId);
    return {};
  },
});

/**
 * The grant that is meant, if the caller may retire it.
 * @throws ServiceError NotFoundException, AccessDeniedException; another account's caller hears the same
 * whether there is such a grant or not.
 */
async function entitledGrant(
  { input, keys: { key }, caller, identityAllows }: Call<RetireGrantInput, 'key'>,
  { grants }: { readonly grants: GrantRepository },
): Promise<Grant> {
  const { GrantToken: token, GrantId: named = '' } = input;
  const grantId = token === undefined ? named : parseGrantToken(token).grantId;
  checkGrantId(grantId);
  const grant = await grants.find({ ...key, grantId });
  const entitled = grant && mayRetire(grant, caller, () => identityAllows('kms:RetireGrant', key));
  if (entitled) return grant;
  if (key.accountId !== caller.accountId) throw refuse.crossAccount(caller.arn, 'kms:RetireGrant');
  if (!grant) throw refuse.grantNotFound(grantId);
  throw refuse.retireGrant(caller.arn, key.arn);
}
