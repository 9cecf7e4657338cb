/** Permissions boundaries of users and roles. Source: IAM API Reference. */
import { requireEntity } from '../directory/entity-rules.js';
import { checkBoundary } from '../directory/policies.js';
import { Arn } from '../directory/shapes.js';
import { ENTITIES, onEntity } from '../entities/on-entity.js';
import { iamError } from '../errors.js';
import type { IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

/** Put…PermissionsBoundary and Delete…PermissionsBoundary. */
export function boundaryOperations(kind: 'user' | 'role'): IamOperation[] {
  const { type } = ENTITIES[kind];
  const put = onEntity(kind, `Put${type}PermissionsBoundary`, {
    summary: `Sets the policy that bounds what the policies of a ${kind} can allow.`,
    boundary: true,
    members: { PermissionsBoundary: Arn },
    output: 'nothing',
    conditions: (input) => ({
      members: { 'iam:permissionsboundary': input.PermissionsBoundary },
    }),
    async run({ input, name, scope }, { directory }: Uses<'directory'>) {
      const { PermissionsBoundary: permissionsBoundary } = input;
      await directory.change(async (transaction) => {
        await checkBoundary(transaction, scope, permissionsBoundary);
        const found = await requireEntity(transaction, kind, scope.accountId, name);
        await transaction.put({ ...found, permissionsBoundary });
      });
      return {};
    },
  });
  const remove = onEntity(kind, `Delete${type}PermissionsBoundary`, {
    summary: `Removes the permissions boundary of a ${kind}.`,
    boundary: true,
    output: 'nothing',
    async run({ name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, name);
        const { permissionsBoundary, ...rest } = found;
        if (permissionsBoundary === undefined) {
          throw iamError(
            'NoSuchEntity',
            `The permissions boundary of ${kind} ${name} cannot be found.`,
          );
        }
        await transaction.put(rest);
      });
      return {};
    },
  });
  return [put, remove];
}
