/** Policies that are part of a user, group or role. Source: IAM API Reference. */
import { type TString, Type } from 'typebox';
import { requireEntity } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { checkIdentityPolicy, policySize } from '../directory/policy-texts.js';
import {
  GroupName,
  Output,
  PolicyDocument,
  PolicyName,
  pageInput,
  RoleName,
  UserName,
} from '../directory/shapes.js';
import { encodedDocument } from '../directory/views.js';
import { actsOn } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';

/** What all inline policies of one holder may have, in characters without white space. */
const MAX_SIZE = { user: 2048, group: 5120, role: 10_240 } as const;

/** Put…Policy, Get…Policy, Delete…Policy and List…Policies. */
function inlinePolicyOperations(type: 'User' | 'Group' | 'Role', name: TString): IamOperation[] {
  const kind = type.toLowerCase() as Lowercase<typeof type>;
  const member = `${type}Name`;
  const nameIn = (input: Readonly<Record<string, unknown>>) => String(input[member]);
  const access = actsOn(kind, member);
  const noSuchPolicy = (policy: string) =>
    iamError('NoSuchEntity', `The ${kind} policy with name ${policy} cannot be found.`);
  const put = defineIamOperation({
    service: 'iam',
    name: `Put${type}Policy`,
    summary: `Adds or replaces an inline policy of a ${kind}.`,
    input: Type.Object({ [member]: name, PolicyName, PolicyDocument }),
    output: 'nothing',
    access,
    readOnly: false,
    audit: { request: [member, 'PolicyName', 'PolicyDocument'], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      const text = String(input.PolicyDocument);
      checkIdentityPolicy(text);
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        const inlinePolicies = { ...found.inlinePolicies, [String(input.PolicyName)]: text };
        const total = Object.values(inlinePolicies).reduce(
          (sum, each) => sum + policySize(each),
          0,
        );
        if (total > MAX_SIZE[kind]) {
          throw iamError(
            'LimitExceeded',
            `Maximum policy size of ${MAX_SIZE[kind]} bytes exceeded for ${kind} ${found.name}`,
          );
        }
        await transaction.put({ ...found, inlinePolicies });
      });
      return {};
    },
  });
  const get = defineIamOperation({
    service: 'iam',
    name: `Get${type}Policy`,
    summary: `Shows an inline policy of a ${kind}.`,
    input: Type.Object({ [member]: name, PolicyName }),
    output: Output,
    access,
    readOnly: true,
    audit: { request: [member, 'PolicyName'], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      const found = await requireEntity(directory, kind, accountId, nameIn(input));
      const policy = String(input.PolicyName);
      if (!Object.hasOwn(found.inlinePolicies, policy)) throw noSuchPolicy(policy);
      return {
        [member]: found.name,
        PolicyName: policy,
        PolicyDocument: encodedDocument(found.inlinePolicies[policy] ?? ''),
      };
    },
  });
  const remove = defineIamOperation({
    service: 'iam',
    name: `Delete${type}Policy`,
    summary: `Deletes an inline policy of a ${kind}.`,
    input: Type.Object({ [member]: name, PolicyName }),
    output: 'nothing',
    access,
    readOnly: false,
    audit: { request: [member, 'PolicyName'], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      const policy = String(input.PolicyName);
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        if (!Object.hasOwn(found.inlinePolicies, policy)) throw noSuchPolicy(policy);
        const kept = Object.entries(found.inlinePolicies).filter(([each]) => each !== policy);
        await transaction.put({ ...found, inlinePolicies: Object.fromEntries(kept) });
      });
      return {};
    },
  });
  const list = defineIamOperation({
    service: 'iam',
    name: `List${type}Policies`,
    summary: `Lists the names of the inline policies of a ${kind}.`,
    input: Type.Object({ [member]: name, ...pageInput }),
    output: Output,
    access,
    readOnly: true,
    audit: { request: [member], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      const found = await requireEntity(directory, kind, accountId, nameIn(input));
      const names = Object.keys(found.inlinePolicies);
      const { items, ...rest } = await pageOf(input as object, names, (each) => each);
      return { PolicyNames: items, ...rest };
    },
  });
  return [put, get, remove, list];
}

export const inlineOperations: readonly IamOperation[] = [
  ...inlinePolicyOperations('User', UserName),
  ...inlinePolicyOperations('Group', GroupName),
  ...inlinePolicyOperations('Role', RoleName),
];
