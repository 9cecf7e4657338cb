/** Tags of users and roles. Source: IAM API Reference. */
import { type Static, type TString, Type } from 'typebox';
import { requireEntity } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { Output, pageInput, TagKeys, Tags } from '../directory/shapes.js';
import { requestTags, tagList, withoutTags, withTags } from '../directory/tags.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { actsOn } from './access.js';

/** Tag…, Untag… and List…Tags. */
export function tagOperations(type: 'User' | 'Role', name: TString): IamOperation[] {
  const kind = type === 'User' ? 'user' : 'role';
  const member = `${type}Name`;
  const nameIn = (input: Readonly<Record<string, unknown>>) => String(input[member]);
  const tag = defineIamOperation({
    service: 'iam',
    name: `Tag${type}`,
    summary: `Adds tags to a ${kind}.`,
    input: Type.Object({ [member]: name, Tags }),
    output: 'nothing',
    access: actsOn(kind, member, (input) => ({
      tags: requestTags(input.Tags as Static<typeof Tags>),
    })),
    readOnly: false,
    audit: { request: [member, 'Tags'], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        const tags = withTags(found.tags, input.Tags as Static<typeof Tags>);
        await transaction.put({ ...found, tags });
      });
      return {};
    },
  });
  const untag = defineIamOperation({
    service: 'iam',
    name: `Untag${type}`,
    summary: `Removes tags from a ${kind}.`,
    input: Type.Object({ [member]: name, TagKeys }),
    output: 'nothing',
    access: actsOn(kind, member, (input) => ({
      members: { 'aws:tagkeys': input.TagKeys as Static<typeof TagKeys> },
    })),
    readOnly: false,
    audit: { request: [member, 'TagKeys'], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      await directory.change(async (transaction) => {
        const found = await requireEntity(transaction, kind, accountId, nameIn(input));
        const tags = withoutTags(found.tags, input.TagKeys as Static<typeof TagKeys>);
        await transaction.put({ ...found, tags });
      });
      return {};
    },
  });
  const list = defineIamOperation({
    service: 'iam',
    name: `List${type}Tags`,
    summary: `Lists the tags of a ${kind}.`,
    input: Type.Object({ [member]: name, ...pageInput }),
    output: Output,
    access: actsOn(kind, member),
    readOnly: true,
    audit: { request: [member], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      const found = await requireEntity(directory, kind, accountId, nameIn(input));
      const { items, ...rest } = await pageOf(
        input as object,
        tagList(found.tags),
        ({ Key }) => Key,
      );
      return { Tags: items, ...rest };
    },
  });
  return [tag, untag, list];
}
