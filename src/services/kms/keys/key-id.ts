/**
 * The four forms in which a request names a key. Source: AWS KMS Developer Guide, "Key identifiers";
 * shared reference, operations.md §2.
 */
import { formatArn } from '../../../kernel/arns.js';
import type { Scope } from '../../../kernel/scope.js';
import { refuse } from '../refusals.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MULTI_REGION = /^mrk-[0-9a-f]{32}$/;
const ACCOUNT = /^[0-9]{12}$/;

export type KeyRef =
  | { readonly kind: 'key'; readonly accountId: string; readonly keyId: string }
  | { readonly kind: 'alias'; readonly accountId: string; readonly aliasName: string };

/** Which forms an operation takes: `any` = all four, `key` = key id and key ARN. */
export type IdForms = 'any' | 'key';

/**
 * Reads a KeyId, SourceKeyId or TargetKeyId member.
 * @throws ServiceError NotFoundException (malformed id, other Region) or InvalidArnException.
 */
export function parseKeyRef(text: string, scope: Scope, forms: IdForms): KeyRef {
  if (text.startsWith('arn:')) return parseArn(text, scope, forms);
  if (text.startsWith('alias/') && forms === 'any') {
    return { kind: 'alias', accountId: scope.accountId, aliasName: text };
  }
  if (!isKeyId(text)) throw refuse.invalidKeyId(text);
  return { kind: 'key', accountId: scope.accountId, keyId: text };
}

export function isKeyId(text: string): boolean {
  return UUID.test(text) || MULTI_REGION.test(text);
}

/** The id of a multi-Region key out of a UUID. */
export function multiRegionKeyId(uuid: string): string {
  return `mrk-${uuid.replaceAll('-', '')}`;
}

export function isMultiRegionKeyId(keyId: string): boolean {
  return keyId.startsWith('mrk-');
}

/** The key id in the ARN of a multi-Region key of another Region; undefined for any other name. */
export function keyIdOfRelated(
  name: string,
  { partition, region }: Pick<Scope, 'partition' | 'region'>,
): string | undefined {
  const [arn, inPartition, service, inRegion, accountId = '', resource = '', ...more] =
    name.split(':');
  const elsewhere =
    arn === 'arn' && inPartition === partition && service === 'kms' && inRegion !== region;
  const keyId = resource.startsWith('key/') ? resource.slice('key/'.length) : '';
  const isRelated = ACCOUNT.test(accountId) && MULTI_REGION.test(keyId) && more.length === 0;
  return elsewhere && isRelated ? keyId : undefined;
}

export function keyArn(scope: Scope, keyId: string): string {
  return formatArn(scope, 'kms', `key/${keyId}`);
}

/** Everything of KMS in an account and Region: what an operation without a key is asked for. */
export function anyResourceArn(scope: Scope): string {
  return formatArn(scope, 'kms', '*');
}

/** @param aliasName with its prefix `alias/` */
export function aliasArn(scope: Scope, aliasName: string): string {
  return formatArn(scope, 'kms', aliasName);
}

function parseArn(text: string, scope: Scope, forms: IdForms): KeyRef {
  const [, partition, service, region, accountId, ...rest] = text.split(':');
  const resource = rest.join(':');
  if (
    partition !== scope.partition ||
    service !== 'kms' ||
    !region ||
    !accountId ||
    !ACCOUNT.test(accountId)
  ) {
    throw refuse.malformedArn(text);
  }
  if (region !== scope.region) throw refuse.invalidArnRegion(region);
  if (resource.startsWith('alias/')) {
    if (forms === 'key') throw refuse.aliasNotSupported();
    return { kind: 'alias', accountId, aliasName: resource };
  }
  if (!resource.startsWith('key/')) throw refuse.malformedArn(text);
  const keyId = resource.slice('key/'.length);
  if (!isKeyId(keyId)) throw refuse.invalidKeyId(keyId);
  return { kind: 'key', accountId, keyId };
}
