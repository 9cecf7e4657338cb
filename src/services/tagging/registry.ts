import { getResources } from './get-resources.operations.js';
import { getTagKeys, getTagValues } from './tag-names.operations.js';
import { tagResources, untagResources } from './tag-resources.operations.js';

/** The table of contents of the Resource Groups Tagging API. */
export const sections = {
  Tags: [getResources, getTagKeys, getTagValues, tagResources, untagResources],
};
