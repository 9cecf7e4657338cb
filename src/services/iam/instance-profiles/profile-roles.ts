/** Which role an instance profile has. Source: IAM User Guide, "Use instance profiles". */
import type { Scope } from '../../../kernel/scope.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { InstanceProfile, Role } from '../directory/entities.js';
import { conflict } from '../directory/entity-rules.js';
import { instanceProfileView, roleView } from '../directory/views.js';
import { shownTrust } from '../entities/shown-trust.js';
import type { Uses } from '../ports.js';

/** The profiles of a role, in the order of their names. */
export async function profilesOf(
  directory: DirectoryReader,
  { accountId, uniqueId }: Role,
): Promise<InstanceProfile[]> {
  const all = await directory.list('instance-profile', accountId);
  return all.filter(({ role }) => role === uniqueId);
}

/** @throws ServiceError DeleteConflict while an instance profile has the role */
export async function requireNoProfile(directory: DirectoryReader, role: Role): Promise<void> {
  if ((await profilesOf(directory, role)).length > 0) throw stillHasRoles();
}

export const stillHasRoles = () => conflict('must remove roles from instance profile first.');

/** A profile with its role, as answers show it. */
export async function shownProfile(
  { partition }: Pick<Scope, 'partition'>,
  profile: InstanceProfile,
  { directory, principals }: Uses<'directory' | 'principals'>,
  detailed = true,
) {
  const role = profile.role === undefined ? undefined : await directory.findById(profile.role);
  const roles =
    role?.kind === 'role'
      ? [roleView(partition, role, await shownTrust(role, { principals }), false)]
      : [];
  return instanceProfileView(partition, profile, roles, detailed);
}
