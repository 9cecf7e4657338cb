/** Managed policies attached to users, groups and roles. Source: IAM API Reference. */
import { Type } from 'typebox';
import { QuotaExceeded } from '../../../kernel/facts.js';
import { requireEntity } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { requirePolicy } from '../directory/policies.js';
import { MAX_ATTACHED_POLICIES } from '../directory/quotas.js';
import { Arn, PathPrefix, pageInput } from '../directory/shapes.js';
import { AttachedPolicy, Page } from '../directory/view-shapes.js';
import { ENTITIES, type HolderKind, onEntity } from '../entities/on-entity.js';
import { iamError } from '../errors.js';
import type { IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

/** Attach…Policy, Detach…Policy and ListAttached…Policies. */
function attachmentOperations(kind: HolderKind): IamOperation[] {
  const { type } = ENTITIES[kind];
  const attach = onEntity(kind, `Attach${type}Policy`, {
    summary: `Attaches a managed policy to a ${kind}.`,
    boundary: true,
    members: { PolicyArn: Arn },
    output: 'nothing',
    conditions: (input) => ({ members: { 'iam:policyarn': input.PolicyArn } }),
    async run({ input, name, scope }, { directory }: Uses<'directory'>) {
      const { PolicyArn: arn } = input;
      await directory.change(async (transaction) => {
        await requirePolicy(transaction, scope, arn);
        const found = await requireEntity(transaction, kind, scope.accountId, name);
        if (found.attachedPolicies.includes(arn)) return;
        if (found.attachedPolicies.length >= MAX_ATTACHED_POLICIES) {
          throw new QuotaExceeded(`PoliciesPer${type}`, MAX_ATTACHED_POLICIES);
        }
        await transaction.put({ ...found, attachedPolicies: [...found.attachedPolicies, arn] });
      });
      return {};
    },
  });
  const detach = onEntity(kind, `Detach${type}Policy`, {
    summary: `Detaches a managed policy from a ${kind}.`,
    boundary: true,
    members: { PolicyArn: Arn },
    output: 'nothing',
    conditions: (input) => ({ members: { 'iam:policyarn': input.PolicyArn } }),
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      const { PolicyArn: arn } = input;
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, name);
        if (!found.attachedPolicies.includes(arn)) {
          throw iamError('NoSuchEntity', `Policy ${arn} was not found.`);
        }
        const attachedPolicies = found.attachedPolicies.filter((each) => each !== arn);
        await transaction.put({ ...found, attachedPolicies });
      });
      return {};
    },
  });
  const list = onEntity(kind, `ListAttached${type}Policies`, {
    summary: `Lists the managed policies attached to a ${kind}.`,
    members: { PathPrefix, ...pageInput },
    output: Page({ AttachedPolicies: Type.Array(AttachedPolicy) }),
    readOnly: true,
    unrecorded: ['PathPrefix'],
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      const found = await requireEntity(directory, kind, accountId, name);
      const prefix = `:policy${input.PathPrefix ?? '/'}`;
      const policies = found.attachedPolicies
        .filter((arn) => arn.includes(prefix))
        .map((PolicyArn) => ({ PolicyName: PolicyArn.split('/').at(-1) ?? '', PolicyArn }));
      const { items, ...rest } = await pageOf(input, policies, (each) => each.PolicyArn);
      return { AttachedPolicies: items, ...rest };
    },
  });
  return [attach, detach, list];
}

export const attachedOperations: readonly IamOperation[] = [
  ...attachmentOperations('user'),
  ...attachmentOperations('group'),
  ...attachmentOperations('role'),
];
