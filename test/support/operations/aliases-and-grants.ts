/** Names of keys, and grants on them. */
import { arnOf } from '../faces/conformance-server.js';
import type { OperationRow } from './operation-row.js';
import { CONTEXT, GRANT, ROOT_ARN } from './surroundings.js';

const justKeyId = (KeyId: string) => ({ KeyId });

export const aliasesAndGrants: readonly OperationRow[] = [
  {
    operation: 'CreateAlias',
    forms: 'key',
    states: 'edit',
    changes: true,
    input: async (TargetKeyId, at) => ({ TargetKeyId, AliasName: await at.unusedAlias() }),
    body: 'nothing',
    recorded: {
      request: ({ AliasName, TargetKeyId }) => ({ aliasName: AliasName, targetKeyId: TargetKeyId }),
      resources: async ({ key, unusedAlias }) => [key.arn, arnOf(await unusedAlias())],
    },
  },
  {
    operation: 'UpdateAlias',
    of: 'current',
    forms: 'alias',
    states: 'any',
    changes: true,
    input: async (_, at) => ({
      ...{ AliasName: await at.alias(), TargetKeyId: (await at.other()).id },
    }),
    body: 'nothing',
    recorded: {
      request: ({ AliasName, TargetKeyId }) => ({ aliasName: AliasName, targetKeyId: TargetKeyId }),
      response: async (_, { other }) => ({ keyId: (await other()).arn }),
      resources: async ({ key, other, alias }) => [
        ...[key.arn, (await other()).arn, arnOf(await alias())],
      ],
    },
  },
  {
    operation: 'UpdateAlias',
    of: 'target',
    second: true,
    forms: 'key',
    states: 'edit',
    changes: true,
    input: async (TargetKeyId, at) => ({ TargetKeyId, AliasName: await at.otherAlias() }),
  },
  {
    operation: 'DeleteAlias',
    forms: 'alias',
    states: 'any',
    changes: true,
    input: async (_, at) => ({ AliasName: await at.alias() }),
    body: 'nothing',
    recorded: {
      request: ({ AliasName }) => ({ aliasName: AliasName }),
      resources: async ({ key, alias }) => [key.arn, arnOf(await alias())],
    },
  },
  {
    operation: 'ListAliases',
    forms: 'key',
    states: 'any',
    input: justKeyId,
    body: 'members',
    recorded: {},
  },
  {
    operation: 'CreateGrant',
    forms: 'key',
    states: 'grant',
    changes: true,
    input: (KeyId) => ({ KeyId, ...GRANT }),
    grant: 'every key',
    dryRun: true,
    body: 'members',
    recorded: {
      request: () => ({
        ...{ granteePrincipal: ROOT_ARN, retiringPrincipal: ROOT_ARN, operations: ['Encrypt'] },
        constraints: { encryptionContextSubset: CONTEXT },
      }),
      response: ({ GrantId }) => ({ grantId: GrantId }),
    },
  },
  {
    operation: 'ListGrants',
    forms: 'key',
    states: 'any',
    input: async (KeyId, at) => ({ KeyId, GrantId: (await at.grant()).GrantId }),
    body: 'members',
    recorded: { request: ({ GrantId }) => ({ grantId: GrantId }) },
  },
  {
    operation: 'RetireGrant',
    states: 'any',
    changes: true,
    input: async (_, at) => ({ GrantToken: (await at.grant()).GrantToken }),
    grant: 'every key',
    dryRun: true,
    body: 'nothing',
    recorded: { request: () => null },
  },
  {
    operation: 'RevokeGrant',
    forms: 'key',
    states: 'any',
    changes: true,
    input: async (KeyId, at) => ({ KeyId, GrantId: (await at.grant()).GrantId }),
    dryRun: true,
    body: 'nothing',
    recorded: { request: ({ GrantId }) => ({ grantId: GrantId }) },
  },
];
