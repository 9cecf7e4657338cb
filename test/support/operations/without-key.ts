/** The operations that are about no key of the caller's choice. */
import { expect } from 'vitest';
import { ACCOUNT_ID } from '../strongroom.js';
import { DATE, loggedTags, Tags } from './keys.js';
import type { OperationRow } from './operation-row.js';
import { POLICY, ROOT_ARN } from './surroundings.js';

const none = () => [];

export const withoutKey: readonly OperationRow[] = [
  {
    operation: 'CreateKey',
    changes: true,
    input: () => ({ Description: 'audited', Tags, Policy: POLICY, MultiRegion: false }),
    body: 'members',
    recorded: {
      request: () => ({
        ...{ description: 'audited', ...loggedTags, policy: POLICY, multiRegion: false },
      }),
      response: ({ KeyMetadata }) => {
        const { Arn, KeyId } = Object(KeyMetadata);
        return {
          keyMetadata: expect.objectContaining({
            ...{ aWSAccountId: ACCOUNT_ID, arn: Arn, keyId: KeyId },
            ...{ creationDate: DATE, enabled: true },
          }),
        };
      },
      resources: (_, { KeyMetadata }) => [Object(KeyMetadata).Arn],
    },
  },
  {
    operation: 'ListKeys',
    input: () => ({ Limit: 2 }),
    body: 'members',
    recorded: { request: () => ({ limit: 2 }), resources: none },
  },
  {
    operation: 'ListKeys',
    of: 'nothing said',
    input: () => ({}),
    recorded: { request: () => null, resources: none },
  },
  {
    operation: 'ListRetirableGrants',
    input: () => ({ RetiringPrincipal: ROOT_ARN }),
    body: 'members',
    recorded: { request: () => ({ retiringPrincipal: ROOT_ARN }), resources: none },
  },
  {
    operation: 'GenerateRandom',
    input: (_, { server }) => ({ NumberOfBytes: 32, CustomKeyStoreId: server.customKeyStoreId }),
    body: 'members',
    recorded: {
      request: (_, { server }) => ({
        ...{ numberOfBytes: 32, customKeyStoreId: server.customKeyStoreId },
      }),
      resources: none,
    },
  },
];
