import { randomBytes } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { Grant } from '../../../authz/grant.js';
import { type Call, defineOperation } from '../operation.js';
import type { Services } from '../services.js';
import { GrantTokens, KeyIdRef } from '../shapes.js';
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
import {
  checkGrantMembers,
  checkGrantSuitsKey,
  checkWithinParent,
  constraintsOf,
  grantConditions,
  grantPrincipal,
  isSameGrant,
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
  async check(call, services) {
    await newGrant(call, services);
  },
  async run(call, services) {
    const wanted = await newGrant(call, services);
    const made = await services.grants.insert(wanted, (other) => isSameGrant(wanted, other));
    return { GrantId: made.grantId, GrantToken: makeGrantToken(made, randomBytes) };
  },
});

/** The grant that is asked for. @throws ServiceError where it may not be made. */
async function newGrant(
  { input, keys: { key }, grantIds, caller, scope }: Call<CreateGrantInput, 'key'>,
  { grants, principals, now }: Services,
): Promise<Grant> {
  checkGrantSuitsKey(key, input);
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
    createdAt: new Date(now()),
  };
  if (grantIds.key !== undefined) {
    const parent = await grants.find({ ...wanted, grantId: grantIds.key });
    checkWithinParent(parent, wanted, caller.arn, key);
  }
  return wanted;
}
