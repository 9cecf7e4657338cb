/** What IAM demands of entities, in its own words. Source: IAM API Reference, errors of each action. */

import type { Caller } from '../../../authz/model.js';
import type { AskedResource } from '../../../declare/identity-operation.js';
import { AlreadyExists, NotFound, QuotaExceeded } from '../../../kernel/facts.js';
import type { Scope } from '../../../kernel/scope.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import { iamError } from '../errors.js';
import { entityArn } from './arns.js';
import type { DirectoryReader } from './directory.js';
import type { Entity, EntityKind, EntityTypes, Group, Role, User } from './entities.js';
import { PER_ACCOUNT } from './quotas.js';
import { ignoresCase } from './tags.js';

/** What is said of a name that nothing of the kind has: of the first three in one form, in wording.ts. */
const MISSING = {
  user: (name: string) => new NotFound(`user with name ${name}`),
  group: (name: string) => new NotFound(`group with name ${name}`),
  role: (name: string) => new NotFound(`role with name ${name}`),
  'instance-profile': (name: string) =>
    iamError('NoSuchEntity', `Instance Profile ${name} cannot be found.`),
} as const satisfies Partial<Record<EntityKind, (name: string) => Error>>;

/** @throws NotFound, ServiceError NoSuchEntity */
export async function requireEntity<K extends keyof typeof MISSING>(
  directory: DirectoryReader,
  kind: K,
  accountId: string,
  name: string,
): Promise<EntityTypes[K]> {
  const found = await directory.find(kind, accountId, name);
  if (found) return found;
  throw MISSING[kind](name);
}

/** @throws AlreadyExists, QuotaExceeded */
export async function checkNew(
  directory: DirectoryReader,
  kind: EntityKind,
  accountId: string,
  name: string,
): Promise<void> {
  if (await directory.find(kind, accountId, name)) {
    const shown = kind.charAt(0).toUpperCase() + kind.slice(1);
    throw new AlreadyExists(`${shown} with name ${name}`);
  }
  const quota = PER_ACCOUNT[kind];
  if ((await directory.count(kind, accountId)) >= quota.max) {
    throw new QuotaExceeded(quota.name, quota.max);
  }
}

/** A name may change its case. @throws AlreadyExists, QuotaExceeded */
export async function checkRename(
  directory: DirectoryReader,
  { kind, accountId, name }: User | Group,
  newName: string | undefined,
): Promise<void> {
  if (newName === undefined || newName.toLowerCase() === name.toLowerCase()) return;
  await checkNew(directory, kind, accountId, newName);
}

/** @throws ServiceError DeleteConflict while policies hang on it */
export function checkDetached({ attachedPolicies, inlinePolicies }: User | Group | Role): void {
  if (attachedPolicies.length > 0) throw conflict('must detach all policies first.');
  if (Object.keys(inlinePolicies).length > 0) throw conflict('must delete policies first.');
}

export function conflict(must: string): ServiceError {
  return iamError('DeleteConflict', `Cannot delete entity, ${must}`);
}

/** The name of the user that an operation is about: the caller where it names none. */
export function userNameOf(
  input: { readonly UserName?: string | undefined },
  caller: Caller,
): string {
  const name = input.UserName ?? caller.userName;
  if (name !== undefined) return name;
  throw iamError('ValidationError', 'Must specify userName when calling with non-User credentials');
}

/** What conditions see of an entity beside its tags. */
export interface Shown {
  /** `iam:PermissionsBoundary` is the entity's: of the actions for which the reference has it. */
  readonly boundary?: true | undefined;
}

/** An entity as policies and conditions see it; one that isn't there by the ARN that it would have. */
export async function askedEntity(
  directory: DirectoryReader,
  kind: EntityKind,
  { partition, accountId }: Scope,
  name: string,
  shown: Shown = {},
): Promise<AskedResource> {
  const found = await directory.find(kind, accountId, name);
  return found
    ? asResource(partition, found, shown)
    : { arn: entityArn(partition, { kind, accountId, path: '/', name }) };
}

/** Source: Service Authorization Reference for IAM: the tags and the boundary are the target's. */
export function asResource(partition: string, entity: Entity, shown: Shown = {}): AskedResource {
  const bounded = shown.boundary && 'permissionsBoundary' in entity;
  const boundary = bounded ? entity.permissionsBoundary : undefined;
  const tags = new Map(Object.entries(entity.tags));
  return {
    arn: entityArn(partition, entity),
    tags,
    ...(isPrincipal(entity.kind) && { iamTags: tags }),
    tagKeysIgnoreCase: ignoresCase(entity.kind),
    ...(boundary !== undefined && { members: { 'iam:permissionsboundary': boundary } }),
  };
}

/** Whose tags `iam:ResourceTag` shows as well. */
const isPrincipal = (kind: EntityKind) => kind === 'user' || kind === 'role';

/** The caller as what a call is about; only users have more to show than their ARN. */
export async function askedCaller(
  directory: DirectoryReader,
  { partition }: Scope,
  { type, uniqueId, principalArn }: Caller,
): Promise<string | AskedResource> {
  const user = type === 'User' ? await directory.findById(uniqueId) : undefined;
  return user ? asResource(partition, user) : principalArn;
}

/** An entity under the name and path that it is to have. */
export async function renamedEntity(
  directory: DirectoryReader,
  kind: EntityKind,
  { partition, accountId }: Scope,
  name: string,
  changed: { readonly name?: string | undefined; readonly path?: string | undefined },
): Promise<AskedResource> {
  const found = await directory.find(kind, accountId, name);
  const now = found ? asResource(partition, found) : {};
  const place = {
    path: changed.path ?? found?.path ?? '/',
    name: changed.name ?? found?.name ?? name,
  };
  return { ...now, arn: entityArn(partition, { kind, accountId, ...place }) };
}

export function noSuchPolicy(
  arn: string,
  code: 'NoSuchEntity' | 'ValidationError' = 'NoSuchEntity',
): ServiceError {
  return iamError(code, `Policy ${arn} does not exist or is not attachable.`);
}
