/** How IAM's operations are authorized: on one entity's ARN, or on all of a kind. */
import { allOfKindArn, entityArn } from '../directory/arns.js';
import type { EntityKind } from '../directory/entities.js';
import { resourceArn } from '../directory/entity-rules.js';
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
      name === undefined ? caller.principalArn : resourceArn(directory, kind, scope, name),
  };
}

/** @param member holds the ARN itself */
export function actsOnArn<Member extends string>(
  member: Member,
): Identity<{ readonly [Name in Member]: string }> {
  return { by: 'identity', resource: ({ [member]: arn }) => arn };
}

/** @param kind undefined: what the operation is about has no ARN */
export function actsOnAccount(kind: EntityKind | undefined): Identity<unknown> {
  return {
    by: 'identity',
    resource: (_input, { scope: { partition, accountId } }) =>
      kind === undefined ? '*' : allOfKindArn(partition, accountId, kind),
  };
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
