/**
 * TagResources and UntagResources: each resource by its own service, as the caller, whose permission
 * there is needed too. Source: Resource Groups Tagging API Reference; recorded-iam-cloudtrail-tagging.md §2.
 */
import { Type } from 'typebox';
import { defineIdentityOperation } from '../../declare/identity-operation.js';
import { invalidParameter } from './errors.js';
import { FailedResourcesMap, ResourceArn, TagKey, TagValue } from './shapes.js';
import { type Failure, requireArns, type Taggable, type TaggingPorts } from './taggable.js';

const ResourceARNList = Type.Array(ResourceArn, { minItems: 1, maxItems: 20 });
const SYSTEMS_OWN = /^aws:/i;
type Ports = Pick<TaggingPorts, 'taggable'>;

export const tagResources = defineIdentityOperation({
  service: 'tagging',
  name: 'TagResources',
  summary: 'Tags resources, each by its own service and with the permission that it asks for.',
  input: Type.Object({
    ResourceARNList,
    Tags: Type.Record(Type.String(), TagValue, {
      minProperties: 1,
      maxProperties: 50,
      propertyNames: TagKey,
    }),
  }),
  output: Type.Object({ FailedResourcesMap }),
  access: {
    by: 'identity',
    action: 'tag:TagResources',
    resource: () => '*',
    conditions: ({ Tags }) => ({ tags: new Map(Object.entries(Tags)) }),
  },
  readOnly: false,
  errors: ['InvalidParameterException'],
  audit: { request: ['ResourceARNList', 'Tags'], response: ['FailedResourcesMap'] },
  async run(call, { taggable }: Ports) {
    const { ResourceARNList: arns, Tags } = call.input;
    checkTagKeys(Object.keys(Tags));
    const tags = new Map(Object.entries(Tags));
    return eachOf(arns, taggable, (kind, arn) => kind.tag(arn, tags, call));
  },
});

export const untagResources = defineIdentityOperation({
  service: 'tagging',
  name: 'UntagResources',
  summary: 'Takes tags from resources, each by its own service.',
  input: Type.Object({
    ResourceARNList,
    TagKeys: Type.Array(TagKey, { minItems: 1, maxItems: 50 }),
  }),
  output: Type.Object({ FailedResourcesMap }),
  access: {
    by: 'identity',
    action: 'tag:UntagResources',
    resource: () => '*',
    conditions: ({ TagKeys }) => ({ members: { 'aws:tagkeys': TagKeys } }),
  },
  readOnly: false,
  errors: ['InvalidParameterException'],
  audit: { request: ['ResourceARNList', 'TagKeys'], response: ['FailedResourcesMap'] },
  async run(call, { taggable }: Ports) {
    const { ResourceARNList: arns, TagKeys } = call.input;
    checkTagKeys(TagKeys);
    return eachOf(arns, taggable, (kind, arn) => kind.untag(arn, TagKeys, call));
  },
});

/** @throws ServiceError InvalidParameterException */
function checkTagKeys(keys: readonly string[]): void {
  if (keys.some((key) => SYSTEMS_OWN.test(key))) {
    throw invalidParameter("The caller isn't allowed to modify system tags.");
  }
}

const UNKNOWN: Failure = {
  ErrorCode: 'InvalidParameterException',
  StatusCode: 400,
  ErrorMessage: 'The resource type of the ARN is not supported.',
};

/**
 * One after the other: what failed is told, the others are done.
 * @throws ServiceError InvalidParameterException for what is no ARN, before anything is done
 */
async function eachOf(
  arns: readonly string[],
  taggable: readonly Taggable[],
  change: (kind: Taggable, arn: string) => Promise<Failure | undefined>,
): Promise<{ FailedResourcesMap: Record<string, Failure> }> {
  requireArns(arns);
  const failed: [string, Failure][] = [];
  for (const arn of new Set(arns)) {
    const kind = taggable.find(({ owns }) => owns(arn));
    const failure = kind ? await change(kind, arn) : UNKNOWN;
    if (failure) failed.push([arn, failure]);
  }
  return { FailedResourcesMap: Object.fromEntries(failed) };
}
