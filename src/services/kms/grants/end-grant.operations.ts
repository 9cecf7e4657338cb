/** Ending a grant. Source: AWS KMS API Reference; shared reference, authorization.md §8. */
import { type Static, Type } from 'typebox';
import type { Grant } from '../../../authz/grant.js';
import { keyArn } from '../keys/key-id.js';
import { onKey } from '../on-key.js';
import { type Call, defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef } from '../shapes.js';
import { checkGrantId } from './grant-id.js';
import { mayRetire } from './grant-principals.js';
import type { GrantRepository } from './grant-repository.js';
import { GrantId, GrantToken } from './grant-shapes.js';
import { parseGrantToken } from './grant-token.js';

interface EndPorts {
  readonly grants: Pick<GrantRepository, 'find' | 'delete'>;
}

export const revokeGrant = onKey('RevokeGrant', {
  summary: 'Ends a grant: what it allowed is no longer allowed.',
  route: 'DELETE /keys/{KeyId}/grants/{GrantId}',
  members: { GrantId, DryRun: Type.Optional(Type.Boolean()) },
  state: 'any',
  crossAccount: true,
  grantIsForAwsResource: true,
  errors: ['InvalidGrantIdException', 'KMSInvalidStateException'],
  async check({ input, key }, { grants }: EndPorts) {
    checkGrantId(input.GrantId);
    const found = await grants.find({ ...key, grantId: input.GrantId });
    if (!found) throw refuse.grantNotFound(input.GrantId);
  },
  async run({ input, key }, { grants }: EndPorts) {
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
        grantId: grantIdOf,
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
  async check(call, ports: EndPorts) {
    await entitledGrant(call, ports);
  },
  async run(call, ports: EndPorts) {
    const grant = await entitledGrant(call, ports);
    if (!(await ports.grants.delete(grant))) throw refuse.grantNotFound(grant.grantId);
    return {};
  },
});

/** @throws ServiceError InvalidGrantTokenException */
function grantIdOf({ GrantToken: token, GrantId: named = '' }: RetireGrantInput): string {
  return token === undefined ? named : parseGrantToken(token).grantId;
}

/**
 * The grant that is meant, if the caller may retire it.
 * @throws ServiceError NotFoundException, AccessDeniedException; another account's caller hears the same
 * whether there is such a grant or not.
 */
async function entitledGrant(
  { input, keys: { key }, caller, requestFor }: Call<RetireGrantInput, 'key'>,
  { grants }: EndPorts,
): Promise<Grant> {
  const grantId = grantIdOf(input);
  checkGrantId(grantId);
  const grant = await grants.find({ ...key, grantId });
  const entitled = grant && mayRetire(grant, requestFor('kms:RetireGrant', key));
  if (entitled) return grant;
  if (key.accountId !== caller.accountId) throw refuse.crossAccount(caller.arn, 'kms:RetireGrant');
  if (!grant) throw refuse.grantNotFound(grantId);
  throw refuse.retireGrant(caller.arn, key.arn);
}
