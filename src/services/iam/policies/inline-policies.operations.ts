/** Policies that are part of a user, group or role. Source: IAM API Reference. */
import { Type } from 'typebox';
import type { InlinePolicies } from '../directory/entities.js';
import { requireEntity } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { checkDocument, policySize } from '../directory/policy-texts.js';
import { MAX_INLINE_SIZE } from '../directory/quotas.js';
import { PolicyDocument, PolicyName, pageInput } from '../directory/shapes.js';
import { Page } from '../directory/view-shapes.js';
import { encodedDocument } from '../directory/views.js';
import { ENTITIES, type HolderKind, onEntity } from '../entities/on-entity.js';
import { iamError } from '../errors.js';
import type { IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

/** The name as it was first spelt: names of inline policies ignore case. Undefined: there is none such. */
function spelling(policies: InlinePolicies, name: string): string | undefined {
  return Object.keys(policies).find((known) => known.toLowerCase() === name.toLowerCase());
}

/** Put…Policy, Get…Policy, Delete…Policy and List…Policies. */
function inlinePolicyOperations(kind: HolderKind): IamOperation[] {
  const { type, member } = ENTITIES[kind];
  const noSuchPolicy = (policy: string) =>
    iamError('NoSuchEntity', `The ${kind} policy with name ${policy} cannot be found.`);
  const put = onEntity(kind, `Put${type}Policy`, {
    summary: `Adds or replaces an inline policy of a ${kind}.`,
    boundary: true,
    members: { PolicyName, PolicyDocument },
    output: 'nothing',
    async run({ input, name, scope: { accountId, partition } }, { directory }: Uses<'directory'>) {
      checkDocument('identity', input.PolicyDocument, partition);
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, name);
        const policy = spelling(found.inlinePolicies, input.PolicyName) ?? input.PolicyName;
        const inlinePolicies = { ...found.inlinePolicies, [policy]: input.PolicyDocument };
        const total = Object.values(inlinePolicies).reduce(
          (sum, each) => sum + policySize(each),
          0,
        );
        if (total > MAX_INLINE_SIZE[kind]) {
          throw iamError(
            'LimitExceeded',
            `Maximum policy size of ${MAX_INLINE_SIZE[kind]} bytes exceeded for ${kind} ${found.name}`,
          );
        }
        await transaction.put({ ...found, inlinePolicies });
      });
      return {};
    },
  });
  const get = onEntity(kind, `Get${type}Policy`, {
    summary: `Shows an inline policy of a ${kind}.`,
    members: { PolicyName },
    output: Type.Object({
      [member]: Type.String(),
      PolicyName: Type.String(),
      PolicyDocument: Type.String(),
    }),
    readOnly: true,
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      const found = await requireEntity(directory, kind, accountId, name);
      const { PolicyName: policy } = input;
      const stored = spelling(found.inlinePolicies, policy);
      if (stored === undefined) throw noSuchPolicy(policy);
      return {
        [member]: found.name,
        PolicyName: policy,
        PolicyDocument: encodedDocument(found.inlinePolicies[stored] ?? ''),
      };
    },
  });
  const remove = onEntity(kind, `Delete${type}Policy`, {
    summary: `Deletes an inline policy of a ${kind}.`,
    boundary: true,
    members: { PolicyName },
    output: 'nothing',
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      const { PolicyName: policy } = input;
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, name);
        const stored = spelling(found.inlinePolicies, policy);
        if (stored === undefined) throw noSuchPolicy(policy);
        const kept = Object.entries(found.inlinePolicies).filter(([each]) => each !== stored);
        await transaction.put({ ...found, inlinePolicies: Object.fromEntries(kept) });
      });
      return {};
    },
  });
  const list = onEntity(kind, `List${type}Policies`, {
    summary: `Lists the names of the inline policies of a ${kind}.`,
    members: pageInput,
    output: Page({ PolicyNames: Type.Array(Type.String()) }),
    readOnly: true,
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      const found = await requireEntity(directory, kind, accountId, name);
      const names = Object.keys(found.inlinePolicies);
      const { items, ...rest } = await pageOf(input, names, (each) => each);
      return { PolicyNames: items, ...rest };
    },
  });
  return [put, get, remove, list];
}

export const inlineOperations: readonly IamOperation[] = [
  ...inlinePolicyOperations('user'),
  ...inlinePolicyOperations('group'),
  ...inlinePolicyOperations('role'),
];
