import { type Static, Type } from 'typebox';
import type { Grant } from '../../../authz/grant.js';
import { keyArn } from '../keys/key-id.js';
import { type Call, defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import type { Services } from '../services.js';
import { KeyIdRef } from '../shapes.js';
import { GrantId, GrantToken } from './grant-shapes.js';
import { parseGrantToken } from './grant-token.js';
import { checkGrantId, mayRetire } from './grants.js';

const RetireGrantInput = Type.Object({
  GrantToken: Type.Optional(GrantToken),
  KeyId: Type.Optional(KeyIdRef),
  GrantId: Type.Optional(GrantId),
  DryRun: Type.Optional(Type.Boolean()),
});
type RetireGrantInput = Static<typeof RetireGrantInput>;

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
    grants: false,
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
  async check(call, services) {
    await entitledGrant(call, services);
  },
  async run(call, services) {
    const grant = await entitledGrant(call, services);
    if (!(await services.grants.delete(grant))) throw refuse.grantNotFound(grant.grantId);
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
  { grants }: Services,
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
