import type { KnownAction } from '../../declare/known-actions.js';
import { anyResourceArn } from './keys/key-id.js';
import { sections } from './registry.js';

/** The actions of KMS as its declarations have them. */
export const kmsActions: readonly KnownAction[] = Object.values(sections)
  .flat()
  .flatMap(({ actions, access }) =>
    actions.map((name) => ({
      name,
      withoutCallerAccount: access.withoutCallerAccount,
      grantIsForAwsResource: access.grantIsForAwsResource,
      onAccount: name === access.action && access.alias === undefined ? anyResourceArn : undefined,
    })),
  );
