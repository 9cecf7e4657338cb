/** GetTagKeys and GetTagValues. Source: Resource Groups Tagging API Reference. */
import { Type } from 'typebox';
import { defineIdentityOperation } from '../../declare/identity-operation.js';
import { positionIn, tokenOf } from './pagination-token.js';
import { PaginationToken, TagKey, TagValue } from './shapes.js';
import type { TaggingPorts } from './taggable.js';

const PER_PAGE = 500;
const errors = ['InvalidParameterException', 'PaginationTokenExpiredException'];

export const getTagKeys = defineIdentityOperation({
  service: 'tagging',
  name: 'GetTagKeys',
  summary: 'Lists the tag keys that resources of the account have in this Region.',
  input: Type.Object({ PaginationToken: Type.Optional(PaginationToken) }),
  output: Type.Object({ PaginationToken, TagKeys: Type.Array(TagKey) }),
  access: { by: 'identity', action: 'tag:GetTagKeys', resource: () => '*' },
  readOnly: true,
  errors,
  audit: { request: ['PaginationToken'], response: null },
  async run({ input, scope }, { taggable, wallClock }: TaggingPorts) {
    const after = positionIn(input.PaginationToken, KEYS, wallClock()) ?? '';
    const { names, end } = await ordered(
      taggable.map((kind) => kind.keys(scope, after, PER_PAGE + 1)),
    );
    return { PaginationToken: nextOf(KEYS, end, wallClock()), TagKeys: names };
  },
});

/** What a token of GetTagKeys is good for. */
const KEYS = {};

export const getTagValues = defineIdentityOperation({
  service: 'tagging',
  name: 'GetTagValues',
  summary: 'Lists the values that a tag key has in this Region.',
  input: Type.Object({ PaginationToken: Type.Optional(PaginationToken), Key: TagKey }),
  output: Type.Object({ PaginationToken, TagValues: Type.Array(TagValue) }),
  access: { by: 'identity', action: 'tag:GetTagValues', resource: () => '*' },
  readOnly: true,
  errors,
  audit: { request: ['PaginationToken', 'Key'], response: null },
  async run(
    { input: { PaginationToken: token, Key }, scope },
    { taggable, wallClock }: TaggingPorts,
  ) {
    const after = positionIn(token, { Key }, wallClock());
    const { names, end } = await ordered(
      taggable.map((kind) => kind.values(scope, Key, after, PER_PAGE + 1)),
    );
    return { PaginationToken: nextOf({ Key }, end, wallClock()), TagValues: names };
  },
});

const byOctets = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A page of what several kinds of resources have, each in order. @returns `end`: the last, if there are more */
async function ordered(
  lists: readonly Promise<readonly string[]>[],
): Promise<{ names: string[]; end: string | undefined }> {
  const all = [...new Set((await Promise.all(lists)).flat())].sort(byOctets);
  const names = all.slice(0, PER_PAGE);
  return { names, end: all.length > PER_PAGE ? names.at(-1) : undefined };
}

function nextOf(question: object, end: string | undefined, now: number): string {
  return end === undefined ? '' : tokenOf(question, end, now);
}
