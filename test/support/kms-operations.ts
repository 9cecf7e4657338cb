/** The registry of KMS as tests read it. */
import type { KmsOperation } from '../../src/services/kms/operation.js';
import { sections } from '../../src/services/kms/registry.js';
import type { KmsPorts } from '../../src/services/kms/service.js';

/** Every operation of the REST face. */
export const restOperations: readonly KmsOperation<KmsPorts>[] = Object.values(sections).flat();

/** The operations of the AWS KMS API by name. */
export const operations: ReadonlyMap<string, KmsOperation<KmsPorts>> = new Map(
  restOperations
    .filter(({ restOnly }) => !restOnly)
    .map((operation) => [operation.name, operation]),
);
