/**
 * Session tags that an identity provider puts into its tokens. Source: IAM User Guide, "Pass session tags
 * in AWS STS", "Passing session tags using AssumeRoleWithWebIdentity".
 */
import type { JWTPayload } from 'jose';
import { type Static, Type } from 'typebox';
import { compileInput } from '../../../declare/validate.js';
import { ServiceError } from '../../../kernel/service-error.js';
import { Tags } from '../directory/shapes.js';
import { withTags } from '../directory/tags.js';
import { iamError } from '../errors.js';

const CLAIM = 'https://aws.amazon.com/tags';

const Given = Type.Object({ Tags: Type.Optional(Tags) });
const decode = compileInput(Given);

/** What a session gets of its tags, and which go on along a chain of roles. */
export interface TokenTags {
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
}

/** A value stands in a list by itself. @throws ServiceError InvalidIdentityToken for tags that are no tags */
export function tokenTags({ [CLAIM]: claim }: JWTPayload): TokenTags {
  if (claim === undefined) return { tags: {}, transitiveTagKeys: [] };
  if (!isObject(claim)) throw invalid();
  const { principal_tags: given = {}, transitive_tag_keys: transitive = [] } = claim;
  if (!isObject(given) || !Array.isArray(transitive)) throw invalid();
  const tags = checked(given);
  const keys = new Set(Object.keys(tags).map((key) => key.toLowerCase()));
  const areKeys = transitive.every((key) => typeof key === 'string' && keys.has(key.toLowerCase()));
  if (!areKeys) throw invalid();
  return { tags, transitiveTagKeys: transitive };
}

/** As they would be in a call. */
function checked(given: Readonly<Record<string, unknown>>): TokenTags['tags'] {
  const members = Object.entries(given).map(([Key, value]) => ({ Key, Value: onlyValue(value) }));
  try {
    const { Tags: tags } = decode({ Tags: members }) as Static<typeof Given>;
    return withTags('session', {}, tags);
  } catch (error) {
    throw error instanceof ServiceError ? invalid({ cause: error }) : error;
  }
}

function onlyValue(value: unknown): string {
  const [only, ...more] = [value].flat();
  if (typeof only !== 'string' || more.length > 0) throw invalid();
  return only;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(options?: ErrorOptions): ServiceError {
  const message = `The token's claim ${CLAIM} has no valid session tags.`;
  return iamError('InvalidIdentityToken', message, options);
}
