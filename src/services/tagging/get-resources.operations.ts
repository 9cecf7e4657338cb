/** GetResources. Source: Resource Groups Tagging API Reference; recorded-iam-cloudtrail-tagging.md §2. */
import { type Static, Type } from 'typebox';
import { defineIdentityOperation } from '../../declare/identity-operation.js';
import type { Scope } from '../../kernel/scope.js';
import { invalidParameter } from './errors.js';
import { positionIn, tokenOf } from './pagination-token.js';
import { PaginationToken, ResourceArn, TagKey, TagValue } from './shapes.js';
import { requireArns, type Taggable, type TaggedResource, type TaggingPorts } from './taggable.js';

const MAX_PER_PAGE = 100;
/** Resources that are read at once, and that a page looks at: it may be short, and the next goes on. */
const CHUNK = 200;
const MAX_LOOKED_AT = 1000;

const Input = Type.Object({
  PaginationToken: Type.Optional(PaginationToken),
  TagFilters: Type.Optional(
    Type.Array(
      Type.Object({
        Key: Type.Optional(TagKey),
        Values: Type.Optional(Type.Array(TagValue, { minItems: 0, maxItems: 20 })),
      }),
      { minItems: 0, maxItems: 50 },
    ),
  ),
  ResourcesPerPage: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PER_PAGE })),
  TagsPerPage: Type.Optional(Type.Integer({ minimum: 100, maximum: 500 })),
  ResourceTypeFilters: Type.Optional(
    Type.Array(Type.String({ minLength: 0, maxLength: 256 }), { minItems: 0, maxItems: 100 }),
  ),
  IncludeComplianceDetails: Type.Optional(Type.Boolean()),
  ExcludeCompliantResources: Type.Optional(Type.Boolean()),
  ResourceARNList: Type.Optional(Type.Array(ResourceArn, { minItems: 1, maxItems: 100 })),
});
type Input = Static<typeof Input>;

export const getResources = defineIdentityOperation({
  service: 'tagging',
  name: 'GetResources',
  summary: 'Lists the resources that have tags, or have had them.',
  input: Input,
  output: Type.Object({
    PaginationToken,
    ResourceTagMappingList: Type.Array(
      Type.Object({
        ResourceARN: ResourceArn,
        Tags: Type.Array(Type.Object({ Key: TagKey, Value: TagValue })),
        ComplianceDetails: Type.Optional(
          Type.Object({
            NoncompliantKeys: Type.Array(Type.String()),
            KeysWithNoncompliantValues: Type.Array(Type.String()),
            MissingTagKeys: Type.Array(Type.String()),
            ComplianceStatus: Type.Boolean(),
          }),
        ),
      }),
    ),
  }),
  access: { by: 'identity', action: 'tag:GetResources', resource: () => '*' },
  readOnly: true,
  errors: ['InvalidParameterException', 'PaginationTokenExpiredException'],
  audit: { request: Object.keys(Input.properties), response: null },
  async run({ input, scope }, ports: TaggingPorts) {
    checkMembers(input);
    const { found, next } = await findResources(input, scope, ports);
    return {
      PaginationToken: next,
      ResourceTagMappingList: found.map(({ arn, tags }) => ({
        ResourceARN: arn,
        Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
        ...(input.IncludeComplianceDetails && { ComplianceDetails: COMPLIANT }),
      })),
    };
  },
});

/** There are no tag policies: nothing offends against one. */
const COMPLIANT = {
  NoncompliantKeys: [],
  KeysWithNoncompliantValues: [],
  MissingTagKeys: [],
  ComplianceStatus: true,
};

/** @throws ServiceError InvalidParameterException */
function checkMembers(input: Input): void {
  const { ResourceARNList: arns, TagFilters: filters, ResourceTypeFilters: types } = input;
  if (arns) {
    if (input.ResourcesPerPage !== undefined || input.TagsPerPage !== undefined) {
      throw invalidParameter('Page size is not supported with ResourceARNList.');
    }
    if (filters) throw invalidParameter('Filters is not allowed when providing a resource list.');
    if (types) {
      throw invalidParameter(
        'ResourceTypeFilters is not allowed when providing a ResourceARNList.',
      );
    }
    requireArns(arns);
  }
  if (types?.includes('')) throw invalidParameter(' is unsupported ResourceType.');
  if (input.ExcludeCompliantResources && !input.IncludeComplianceDetails) {
    throw invalidParameter(
      'You must specify the IncludeComplianceDetails parameter and set it to true.',
    );
  }
}

interface Page {
  readonly found: readonly TaggedResource[];
  /** Empty: there are no more. */
  readonly next: string;
}

async function findResources(
  { PaginationToken: token, ...question }: Input,
  scope: Scope,
  { taggable, wallClock }: TaggingPorts,
): Promise<Page> {
  const start = positionIn(token, question, wallClock());
  if (question.ExcludeCompliantResources) return { found: [], next: '' };
  if (question.ResourceARNList) {
    const arns = question.ResourceARNList;
    const named = await Promise.all(taggable.map((kind) => kind.named(scope, arns)));
    return { found: named.flat(), next: '' };
  }
  const kinds = taggable.filter((kind) => isWanted(kind, question.ResourceTypeFilters));
  const { found, end } = await onePage(kinds, question, scope, start);
  return { found, next: end === undefined ? '' : tokenOf(question, end, wallClock()) };
}

/** `kms` or `kms:key`. */
function isWanted({ type }: Taggable, filters: readonly string[] | undefined): boolean {
  if (!filters) return true;
  return filters.some((filter) => filter === type || type.startsWith(`${filter}:`));
}

/** @returns `end`: after what the next page begins; undefined where there is none */
async function onePage(
  kinds: readonly Taggable[],
  { TagFilters, ResourcesPerPage = MAX_PER_PAGE, TagsPerPage = Number.POSITIVE_INFINITY }: Input,
  scope: Scope,
  start: string | undefined,
): Promise<{ found: readonly TaggedResource[]; end: string | undefined }> {
  const isMatch = matcherOf(TagFilters ?? []);
  const [from, place = ''] = start?.split(' ') ?? [];
  const found: TaggedResource[] = [];
  let tags = 0;
  let lookedAt = 0;
  for (const kind of from === undefined ? kinds : kinds.filter(({ type }) => type >= from)) {
    let after = kind.type === from ? place : '';
    for (let more = true; more; ) {
      if (lookedAt >= MAX_LOOKED_AT) return { found, end: `${kind.type} ${after}` };
      const chunk = await kind.list(scope, after, CHUNK);
      for (const resource of chunk.filter(isMatch)) {
        const full =
          found.length === ResourcesPerPage ||
          (found.length > 0 && tags + resource.tags.size > TagsPerPage);
        if (full) return { found, end: `${kind.type} ${found.at(-1)?.id}` };
        found.push(resource);
        tags += resource.tags.size;
      }
      lookedAt += chunk.length;
      after = chunk.at(-1)?.id ?? after;
      more = chunk.length === CHUNK;
    }
  }
  return { found, end: undefined };
}

/** All filters must hold, by one of their values each, or by any where none is named. */
function matcherOf(
  filters: NonNullable<Input['TagFilters']>,
): (resource: TaggedResource) => boolean {
  const wanted = filters.map(({ Key = '', Values = [] }) => ({ Key, values: new Set(Values) }));
  return ({ tags }) =>
    wanted.every(({ Key, values }) => {
      const value = tags.get(Key);
      return value !== undefined && (values.size === 0 || values.has(value));
    });
}
