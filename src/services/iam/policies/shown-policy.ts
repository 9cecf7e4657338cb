import { entityArn } from '../directory/arns.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { ManagedPolicy } from '../directory/entities.js';
import { policyView } from '../directory/views.js';

/** How many have a policy attached, and whose boundary it is. */
export type PolicyCounts = (arn: string) => {
  readonly attachments: number;
  readonly boundaries: number;
};

/** Of all policies of an account, by one reading of who may have them. */
export async function policyCounts(
  directory: DirectoryReader,
  accountId: string,
): Promise<PolicyCounts> {
  const users = await directory.list('user', accountId);
  const groups = await directory.list('group', accountId);
  const roles = await directory.list('role', accountId);
  const attached = counted(
    [...users, ...groups, ...roles].flatMap(({ attachedPolicies }) => attachedPolicies),
  );
  const bounding = counted(
    [...users, ...roles].flatMap(({ permissionsBoundary }) => permissionsBoundary ?? []),
  );
  return (arn) => ({ attachments: attached.get(arn) ?? 0, boundaries: bounding.get(arn) ?? 0 });
}

function counted(arns: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const arn of arns) counts.set(arn, (counts.get(arn) ?? 0) + 1);
  return counts;
}

/** A managed policy with the numbers of those who have it. */
export function shownManagedPolicy(partition: string, policy: ManagedPolicy, counts: PolicyCounts) {
  return policyView(partition, policy, counts(entityArn(partition, policy)));
}
