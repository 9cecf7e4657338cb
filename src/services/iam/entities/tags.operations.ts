/** Tags of what can be tagged. Source: IAM API Reference. */
import type { Scope } from '../../../kernel/scope.js';
import { requireDevice, requireProvider } from '../directory/by-arn.js';
import type { Directory, DirectoryReader } from '../directory/directory.js';
import type { EntityKind, EntityTypes, Tags as StoredTags } from '../directory/entities.js';
import { requireEntity } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { checkOurs, requirePolicy } from '../directory/policies.js';
import { AddedTags, pageInput, RemovedTagKeys, Tags } from '../directory/shapes.js';
import { requestTags, tagList, withoutTags, withTags } from '../directory/tags.js';
import { Page } from '../directory/view-shapes.js';
import { iamError } from '../errors.js';
import type { IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { ENTITIES, type EntityCall, onEntity } from './on-entity.js';

type TaggedKind = Exclude<EntityKind, 'group'>;

/** Tag…, Untag… and List…Tags. */
export function tagOperations(kind: TaggedKind): IamOperation[] {
  const { type, called } = ENTITIES[kind];
  const tag = onEntity(kind, `Tag${type}`, {
    summary: `Adds tags to ${called}.`,
    members: { Tags: AddedTags },
    output: 'nothing',
    conditions: (input) => ({ tags: requestTags(input.Tags) }),
    async run(call, { directory }: Uses<'directory'>) {
      const { Tags: added } = call.input;
      requireSome(added);
      await changeTags(directory, kind, call, (tags) => withTags(kind, tags, added));
      return {};
    },
  });
  const untag = onEntity(kind, `Untag${type}`, {
    summary: `Removes tags from ${called}.`,
    members: { TagKeys: RemovedTagKeys },
    output: 'nothing',
    conditions: (input) => ({ members: { 'aws:tagkeys': input.TagKeys } }),
    async run(call, { directory }: Uses<'directory'>) {
      const { TagKeys: removed } = call.input;
      requireSome(removed);
      await changeTags(directory, kind, call, (tags) => withoutTags(kind, tags, removed));
      return {};
    },
  });
  const list = onEntity(kind, `List${type}Tags`, {
    summary: `Lists the tags of ${called}.`,
    members: pageInput,
    output: Page({ Tags }),
    readOnly: true,
    async run({ input, name, scope }, { directory }: Uses<'directory'>) {
      const found = await requireTagged(directory, kind, scope, name);
      const { items, ...rest } = await pageOf(input, tagList(found.tags), ({ Key }) => Key);
      return { Tags: items, ...rest };
    },
  });
  return [tag, untag, list];
}

/** @throws ServiceError InvalidInput */
function requireSome(given: readonly unknown[]): void {
  if (given.length === 0) throw iamError('InvalidInput', 'At least one tag must be given.');
}

function changeTags(
  directory: Directory,
  kind: TaggedKind,
  { name, scope }: Pick<EntityCall<unknown>, 'name' | 'scope'>,
  change: (tags: StoredTags) => StoredTags,
): Promise<void> {
  return directory.change(async (transaction) => {
    const found = await requireTagged(transaction, kind, scope, name);
    if (found.kind === 'policy') checkOurs(found);
    await transaction.put({ ...found, tags: change(found.tags) });
  });
}

/** @throws NotFound, ServiceError NoSuchEntity */
function requireTagged(
  directory: DirectoryReader,
  kind: TaggedKind,
  scope: Scope,
  named: string,
): Promise<EntityTypes[TaggedKind]> {
  switch (kind) {
    case 'policy':
      return requirePolicy(directory, scope, named);
    case 'oidc-provider':
      return requireProvider(directory, scope, named);
    case 'mfa-device':
      return requireDevice(directory, scope, named);
    default:
      return requireEntity(directory, kind, scope.accountId, named);
  }
}
