/** Tags of users and roles. Source: IAM API Reference. */
import { requireEntity } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { pageInput, TagKeys, Tags } from '../directory/shapes.js';
import { requestTags, tagList, withoutTags, withTags } from '../directory/tags.js';
import { Page } from '../directory/view-shapes.js';
import type { IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { HOLDERS, onEntity } from './on-entity.js';

/** Tag…, Untag… and List…Tags. */
export function tagOperations(kind: 'user' | 'role'): IamOperation[] {
  const { type } = HOLDERS[kind];
  const tag = onEntity(kind, `Tag${type}`, {
    summary: `Adds tags to a ${kind}.`,
    members: { Tags },
    output: 'nothing',
    conditions: (input) => ({ tags: requestTags(input.Tags) }),
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, name);
        await transaction.put({ ...found, tags: withTags(found.tags, input.Tags) });
      });
      return {};
    },
  });
  const untag = onEntity(kind, `Untag${type}`, {
    summary: `Removes tags from a ${kind}.`,
    members: { TagKeys },
    output: 'nothing',
    conditions: (input) => ({ members: { 'aws:tagkeys': input.TagKeys } }),
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, name);
        await transaction.put({ ...found, tags: withoutTags(found.tags, input.TagKeys) });
      });
      return {};
    },
  });
  const list = onEntity(kind, `List${type}Tags`, {
    summary: `Lists the tags of a ${kind}.`,
    members: pageInput,
    output: Page({ Tags }),
    readOnly: true,
    async run({ input, name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      const found = await requireEntity(directory, kind, accountId, name);
      const { items, ...rest } = await pageOf(input, tagList(found.tags), ({ Key }) => Key);
      return { Tags: items, ...rest };
    },
  });
  return [tag, untag, list];
}
