/** Permissions boundaries of users and roles. Source: IAM API Reference. */
import { type TString, Type } from 'typebox';
import { checkBoundary, requireEntity } from '../directory/entity-rules.js';
import { Arn } from '../directory/shapes.js';
import { actsOn } from '../entities/access.js';
import { defineIamOperation, type IamOperation } from '../operation.js';

/** Put…PermissionsBoundary and Delete…PermissionsBoundary. */
export function boundaryOperations(type: 'User' | 'Role', name: TString): IamOperation[] {
  const kind = type === 'User' ? 'user' : 'role';
  const member = `${type}Name`;
  const nameIn = (input: Readonly<Record<string, unknown>>) => String(input[member]);
  const put = defineIamOperation({
    service: 'iam',
    name: `Put${type}PermissionsBoundary`,
    summary: `Sets the policy that bounds what the policies of a ${kind} can allow.`,
    input: Type.Object({ [member]: name, PermissionsBoundary: Arn }),
    output: 'nothing',
    access: actsOn(kind, member, (input) => ({
      members: { 'iam:permissionsboundary': String(input.PermissionsBoundary) },
    })),
    readOnly: false,
    audit: { request: [member, 'PermissionsBoundary'], response: null },
    async run({ input, scope: { accountId } }, services) {
      const permissionsBoundary = String(input.PermissionsBoundary);
      await checkBoundary(services, permissionsBoundary);
      await services.directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        await transaction.put({ ...found, permissionsBoundary });
      });
      return {};
    },
  });
  const remove = defineIamOperation({
    service: 'iam',
    name: `Delete${type}PermissionsBoundary`,
    summary: `Removes the permissions boundary of a ${kind}.`,
    input: Type.Object({ [member]: name }),
    output: 'nothing',
    access: actsOn(kind, member),
    readOnly: false,
    audit: { request: [member], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        const { permissionsBoundary: _removed, ...rest } = found;
        await transaction.put(rest);
      });
      return {};
    },
  });
  return [put, remove];
}
