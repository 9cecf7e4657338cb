/** How IAM's operations are authorized: on one entity's ARN, or on all of a kind. */
import type { AskedResource } from '../../../declare/identity-operation.js';
import type { Scope } from '../../../kernel/scope.js';
import { allOfKindArn, entityArn } from '../directory/arns.js';
import { entityByArn } from '../directory/by-arn.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { EntityKind } from '../directory/entities.js';
import { askedCaller, askedEntity, asResource } from '../directory/entity-rules.js';
import type { IamAccess } from '../operation.js';

type Identity<Input> = Extract<IamAccess<Input>, { by: 'identity' }>;

/** @param member names the entity; without it the caller itself is meant */
export function actsOn<Member extends string>(
  kind: EntityKind,
  member: Member,
): Identity<{ readonly [Name in Member]?: string | undefined }> {
  return {
    by: 'identity',
    resource: ({ [member]: name }, { scope, caller }, { directory }) =>
      name === undefined
        ? askedCaller(directory, scope, caller)
        : askedEntity(directory, kind, scope, name),
  };
}

/** @param member holds the ARN itself */
export function actsOnArn<Member extends string>(
  member: Member,
): Identity<{ readonly [Name in Member]: string }> {
  return {
    by: 'identity',
    resource: ({ [member]: arn }, { scope }, { directory }) => askedByArn(directory, scope, arn),
  };
}

/** What stands at an ARN as policies and conditions see it; what doesn't by its ARN alone. */
export async function askedByArn(
  directory: DirectoryReader,
  scope: Scope,
  arn: string,
): Promise<string | AskedResource> {
  const found = await entityByArn(directory, scope, arn);
  return found ? asResource(scope.partition, found) : arn;
}

/** @param kind undefined: what the operation is about has no ARN */
export function actsOnAccount(kind: EntityKind | undefined): Identity<unknown> {
  const onAccount = ({ partition, accountId }: Scope) =>
    kind === undefined ? '*' : allOfKindArn(partition, accountId, kind);
  return { by: 'identity', resource: (_input, { scope }) => onAccount(scope), onAccount };
}

/** What is to be made. @param member holds its name; its path stands in `Path` */
export function makes<Member extends string>(
  kind: EntityKind,
  member: Member,
): Identity<{ readonly [Name in Member]: string } & { readonly Path?: string | undefined }> {
  return {
    by: 'identity',
    resource: (input, { scope: { partition, accountId } }) =>
      entityArn(partition, { kind, accountId, path: input.Path ?? '/', name: input[member] }),
  };
}

/** Tags at creation need the permission to tag, too. Source: IAM User Guide, "Tags for IAM resources". */
export function withTagging<Input extends { readonly Tags?: readonly unknown[] | undefined }>(
  action: `iam:Tag${string}`,
) {
  const when = ({ Tags: tags }: Input) => tags !== undefined && tags.length > 0;
  return { also: [{ action, when }] };
}
