/** KMS keys as resources that can be tagged. */
import { ServiceError } from '../../kernel/service-error.js';
import type { KeyTags, KmsPort, TaggedKey } from '../kms/port.js';
import type { Failure, Taggable, TaggedResource } from './taggable.js';

const KEY_ARN = /^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/([^/]+)$/;
const KMS_ARN = /^arn:[a-z0-9-]+:kms:/;

/**
 * @param kms changes tags as the caller
 * @param keyTags lists them
 */
export function taggableKeys(kms: KmsPort, keyTags: KeyTags): Taggable {
  return {
    type: 'kms:key',
    // An alias's ARN too: KMS itself says what it thinks of it.
    owns: (arn) => KMS_ARN.test(arn),
    list: async (scope, after, limit) => (await keyTags.list(scope, after, limit)).map(asResource),
    named: async (scope, arns) => {
      const keyIds = arns.flatMap((arn) => KEY_ARN.exec(arn)?.[1] ?? []);
      const found = await keyTags.named(scope, [...new Set(keyIds)]);
      return found.filter(({ arn }) => arns.includes(arn)).map(asResource);
    },
    keys: (scope, after, limit) => keyTags.names(scope, after, limit),
    values: (scope, key, after, limit) => keyTags.values(scope, key, after, limit),
    tag: (KeyId, tags, by) => failureOf(kms, kms.tagResource({ KeyId, tags }, by)),
    untag: (KeyId, TagKeys, by) => failureOf(kms, kms.untagResource({ KeyId, TagKeys }, by)),
  };
}

function asResource({ keyId, arn, tags }: TaggedKey): TaggedResource {
  return { id: keyId, arn, tags };
}

/** @throws what is a fault of ours */
async function failureOf(kms: KmsPort, change: Promise<void>): Promise<Failure | undefined> {
  try {
    await change;
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, message, hasMessage } = error;
    return {
      ErrorCode: code,
      StatusCode: kms.statusOf(error),
      ...(hasMessage && { ErrorMessage: message }),
    };
  }
}
