import { expect, it } from 'vitest';
import { kmsError } from '../../../src/services/kms/errors.js';
import { type KmsPort, makeKmsPort } from '../../../src/services/kms/port.js';
import { kms } from '../../../src/services/kms/service.js';
import { taggableKeys } from '../../../src/services/tagging/kms-keys.js';

it.each([
  ['NotFoundException', 400],
  ['KeyUnavailableException', 500],
  ['DependencyTimeoutException', 500],
  ['KMSInternalException', 500],
] as const)(
  'a key that is not tagged for %s has the status of KMS, %i',
  async (ErrorCode, status) => {
    const port = makeKmsPort({ service: kms } as never)('tagging');
    const refusing: KmsPort = { ...port, tagResource: () => Promise.reject(kmsError(ErrorCode)) };
    const failure = taggableKeys(refusing, {} as never).tag('arn', new Map(), {} as never);
    expect(await failure).toEqual({ ErrorCode, StatusCode: status });
  },
);
