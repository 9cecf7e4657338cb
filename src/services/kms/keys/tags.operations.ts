/** Tags of keys. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { onKey } from '../on-key.js';
import { readPage, requireLimit } from '../paging.js';
import { Limit, Marker, pageMembers, TagKey, Tags } from '../shapes.js';
import { type ChangePorts, stillAllows } from './change-key.js';
import type { KeyRepository } from './key-repository.js';
import { checkTagCount, checkTagKeys, checkTags, tagMap } from './tags.js';

export const tagResource = onKey('TagResource', {
  summary: 'Adds tags to a KMS key, or replaces the values of those it has.',
  route: 'POST /keys/{KeyId}/tags',
  members: { Tags },
  state: 'edit',
  conditions: (input) => ({ tags: tagMap(input.Tags) }),
  errors: ['LimitExceededException', 'TagException'],
  without: ['DependencyTimeoutException'],
  async run({ input, key, rule }, ports: ChangePorts) {
    checkTags(input.Tags);
    await ports.keys.putTags(key, input.Tags, checkTagCount, stillAllows(rule, ports));
    return {};
  },
});

export const untagResource = onKey('UntagResource', {
  summary: 'Removes tags from a KMS key; tags that it lacks are ignored.',
  route: 'POST /keys/{KeyId}/untag',
  members: { TagKeys: Type.Array(TagKey) },
  state: 'edit',
  conditions: (input) => ({ tagKeys: input.TagKeys }),
  errors: ['TagException'],
  without: ['DependencyTimeoutException'],
  async run({ input, key, rule }, ports: ChangePorts) {
    checkTagKeys(input.TagKeys);
    await ports.keys.deleteTags(key, input.TagKeys, stillAllows(rule, ports));
    return {};
  },
});

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 50;

export const listResourceTags = onKey('ListResourceTags', {
  summary: 'Lists the tags of a KMS key.',
  route: 'GET /keys/{KeyId}/tags',
  members: { Limit: Type.Optional(Limit), Marker: Type.Optional(Marker) },
  output: Type.Object({ Tags, ...pageMembers }),
  state: 'any',
  readOnly: true,
  without: ['DependencyTimeoutException'],
  validate: (input) => requireLimit(input, MAX_LIMIT),
  async run({ input, key }, { keys }: { readonly keys: KeyRepository }) {
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => keys.listTags(key, after, limit),
      (tag) => tag.TagKey,
    );
    return { Tags: [...items], ...page };
  },
});
