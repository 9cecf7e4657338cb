/** The policies that give a user, group or role its permissions, as texts, and where each comes from. */
import type { Scope } from '../../../kernel/scope.js';
import { parseIamArn } from '../directory/arns.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { EntityTypes, Group, ManagedPolicy, Role, User } from '../directory/entities.js';
import { requirePolicy } from '../directory/policies.js';
import type { HolderKind } from '../entities/on-entity.js';

export type HeldPolicy = {
  readonly name: string;
  readonly text: string;
} & (
  | { readonly arn: string }
  /** An inline one: who has it, which of a user's may be one of its groups. */
  | { readonly holder: Holder }
);

export type Holder = User | Group | Role;

/** The text that counts. */
export function defaultText({ versions, defaultVersionId }: ManagedPolicy): string {
  const found = versions.find(({ versionId }) => versionId === defaultVersionId);
  if (!found) throw new Error(`a policy has no version ${defaultVersionId}`);
  return found.text;
}

/** A holder's own policies and, of a user, its groups': each managed one once. */
export async function heldPolicies(
  directory: DirectoryReader,
  scope: Pick<Scope, 'partition' | 'accountId'>,
  holder: Holder,
): Promise<HeldPolicy[]> {
  const holders: Holder[] = [holder];
  for (const id of holder.kind === 'user' ? holder.groups : []) {
    const group = await directory.findById(id);
    if (group?.kind === 'group') holders.push(group);
  }
  const inline = holders.flatMap((each) =>
    Object.entries(each.inlinePolicies).map(([name, text]) => ({ name, text, holder: each })),
  );
  const attached = new Set(holders.flatMap(({ attachedPolicies }) => attachedPolicies));
  const managed = [...attached].map(async (arn) => {
    const policy = await requirePolicy(directory, scope, arn);
    return { name: policy.name, text: defaultText(policy), arn };
  });
  return [...inline, ...(await Promise.all(managed))];
}

/** The user, group or role of the account that has this ARN's name, whatever its path and case. */
export async function holderNamed(
  directory: DirectoryReader,
  { partition, accountId }: Pick<Scope, 'partition' | 'accountId'>,
  arn: string,
): Promise<EntityTypes[HolderKind] | undefined> {
  const parsed = parseIamArn(arn);
  if (parsed?.partition !== partition || parsed.accountId !== accountId) return undefined;
  const { kind, name } = parsed;
  if (kind !== 'user' && kind !== 'group' && kind !== 'role') return undefined;
  return directory.find(kind, accountId, name);
}
