/** Managed policies attached to users, groups and roles. Source: IAM API Reference. */
import { type TString, Type } from 'typebox';
import { noSuchPolicy, requireEntity } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import {
  Arn,
  GroupName,
  Output,
  PathPrefix,
  pageInput,
  RoleName,
  UserName,
} from '../directory/shapes.js';
import { actsOn } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';

/** IAM's default quota. */
const MAX_ATTACHED = 10;

/** Attach…Policy, Detach…Policy and ListAttached…Policies. */
function attachmentOperations(type: 'User' | 'Group' | 'Role', name: TString): IamOperation[] {
  const kind = type.toLowerCase() as Lowercase<typeof type>;
  const member = `${type}Name`;
  const nameIn = (input: Readonly<Record<string, unknown>>) => String(input[member]);
  const access = actsOn(kind, member, (input) => ({
    members: { 'iam:policyarn': String(input.PolicyArn) },
  }));
  const attach = defineIamOperation({
    service: 'iam',
    name: `Attach${type}Policy`,
    summary: `Attaches a managed policy to a ${kind}.`,
    input: Type.Object({ [member]: name, PolicyArn: Arn }),
    output: 'nothing',
    access,
    readOnly: false,
    audit: { request: [member, 'PolicyArn'], response: null },
    async run({ input, scope: { accountId } }, { directory, principals }) {
      const arn = String(input.PolicyArn);
      const ours = arn.includes(`:${accountId}:policy/`) || arn.includes('::aws:policy/');
      if (!ours || (await principals.managedPolicyText(arn)) === undefined) throw noSuchPolicy(arn);
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        if (found.attachedPolicies.includes(arn)) return;
        if (found.attachedPolicies.length >= MAX_ATTACHED) {
          throw iamError(
            'LimitExceeded',
            `Cannot exceed quota for PoliciesPer${type}: ${MAX_ATTACHED}`,
          );
        }
        await transaction.put({ ...found, attachedPolicies: [...found.attachedPolicies, arn] });
      });
      return {};
    },
  });
  const detach = defineIamOperation({
    service: 'iam',
    name: `Detach${type}Policy`,
    summary: `Detaches a managed policy from a ${kind}.`,
    input: Type.Object({ [member]: name, PolicyArn: Arn }),
    output: 'nothing',
    access,
    readOnly: false,
    audit: { request: [member, 'PolicyArn'], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      const arn = String(input.PolicyArn);
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        if (!found.attachedPolicies.includes(arn)) {
          throw iamError('NoSuchEntity', `Policy ${arn} was not found.`);
        }
        const attachedPolicies = found.attachedPolicies.filter((each) => each !== arn);
        await transaction.put({ ...found, attachedPolicies });
      });
      return {};
    },
  });
  const list = defineIamOperation({
    service: 'iam',
    name: `ListAttached${type}Policies`,
    summary: `Lists the managed policies attached to a ${kind}.`,
    input: Type.Object({ [member]: name, PathPrefix, ...pageInput }),
    output: Output,
    access: actsOn(kind, member),
    readOnly: true,
    audit: { request: [member], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      const found = await requireEntity(directory, kind, accountId, nameIn(input));
      const prefix = `:policy${String(input.PathPrefix ?? '/')}`;
      const policies = found.attachedPolicies
        .filter((arn) => arn.includes(prefix))
        .map((PolicyArn) => ({ PolicyName: PolicyArn.split('/').at(-1) ?? '', PolicyArn }));
      const { items, ...rest } = await pageOf(input as object, policies, (each) => each.PolicyArn);
      return { AttachedPolicies: items, ...rest };
    },
  });
  return [attach, detach, list];
}

export const attachedOperations: readonly IamOperation[] = [
  ...attachmentOperations('User', UserName),
  ...attachmentOperations('Group', GroupName),
  ...attachmentOperations('Role', RoleName),
];
