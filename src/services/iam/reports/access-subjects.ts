/** Whom a report on last access is about: the entity itself, or those who have what it grants. */
import type { Scope } from '../../../kernel/scope.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import { entityByArn } from '../directory/by-arn.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { Role, User } from '../directory/entities.js';
import { policyUsers, requirePolicy } from '../directory/policies.js';
import { iamError } from '../errors.js';
import { defaultText, type HeldPolicy, heldPolicies } from '../policies/held-policies.js';

export interface AccessSubjects {
  readonly policies: readonly Pick<HeldPolicy, 'text'>[];
  /** Who can use them. */
  readonly users: readonly (User | Role)[];
}

type Place = Pick<Scope, 'partition' | 'accountId'>;

/** @throws ServiceError NoSuchEntity */
export async function accessSubjects(
  directory: DirectoryReader,
  scope: Place,
  arn: string,
): Promise<AccessSubjects> {
  const found = await entityByArn(directory, scope, arn);
  switch (found?.kind) {
    case 'user':
    case 'role':
      return { policies: await heldPolicies(directory, scope, found), users: [found] };
    case 'group':
      return {
        policies: await heldPolicies(directory, scope, found),
        users: await membersOf(directory, scope, [found.uniqueId]),
      };
    default:
      // AWS's own policies are in no account.
      if (found !== undefined && found.kind !== 'policy') throw noSuchEntity(arn);
      return ofPolicy(directory, scope, arn);
  }
}

async function ofPolicy(directory: DirectoryReader, scope: Place, arn: string) {
  const policy = await requirePolicy(directory, scope, arn);
  const { attached } = await policyUsers({ directory }, scope.accountId, arn);
  const groups = attached.groups.map(({ uniqueId }) => uniqueId);
  const members = await membersOf(directory, scope, groups);
  const users = [...attached.users, ...attached.roles, ...members];
  const byId = new Map(users.map((user) => [user.uniqueId, user]));
  return { policies: [{ text: defaultText(policy) }], users: [...byId.values()] };
}

async function membersOf(
  directory: DirectoryReader,
  { accountId }: Place,
  groups: readonly string[],
): Promise<User[]> {
  if (groups.length === 0) return [];
  const users = await directory.list('user', accountId);
  return users.filter((user) => user.groups.some((group) => groups.includes(group)));
}

export function noSuchEntity(arn: string): ServiceError {
  return iamError('NoSuchEntity', `The entity ${arn} cannot be found.`);
}
