/** How IAM's operations are authorized: on one entity's ARN, or on all of a kind. */

import { allOfKindArn } from '../directory/arns.js';
import type { EntityKind } from '../directory/entities.js';
import { resourceArn } from '../directory/entity-rules.js';
import type { IamAccess } from '../operation.js';

type Input = Readonly<Record<string, unknown>>;
type Identity = Extract<IamAccess<Input>, { by: 'identity' }>;

/** @param member names the entity; without it the caller itself is meant */
export function actsOn(
  kind: EntityKind,
  member: string,
  conditions?: NonNullable<Identity['conditions']>,
): Identity {
  return {
    by: 'identity',
    resource: (input, { scope, caller }, services) => {
      const name = input[member];
      return typeof name === 'string'
        ? resourceArn(services, kind, scope.accountId, name)
        : caller.principalArn;
    },
    ...(conditions && { conditions }),
  };
}

/** @param member holds the ARN itself */
export function actsOnArn(member: string): Identity {
  return { by: 'identity', resource: (input) => String(input[member]) };
}

export function actsOnAccount(kind: EntityKind | undefined): Identity {
  return {
    by: 'identity',
    resource: (_input, { scope: { partition, accountId } }) =>
      kind === undefined ? '*' : allOfKindArn(partition, accountId, kind),
  };
}
