import { expect, it } from 'vitest';
import type { Caller } from '../../../src/authz/model.js';
import type { ServedService } from '../../../src/pipeline/service.js';
import { type CallOfService, makeKmsPort } from '../../../src/services/kms/port.js';
import { kms } from '../../../src/services/kms/service.js';

const forward = () => Promise.reject(new Error('it was forwarded'));
const served: ServedService = { service: kms, handle: forward, forward };

const USER: Caller = {
  type: 'User',
  accountId: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/ada',
  principalArn: 'arn:aws:iam::111122223333:user/ada',
  uniqueId: 'AIDAADA',
  userId: 'AIDAADA',
  tags: new Map(),
  policies: { identity: [] },
  accessKeyId: 'AKIAADA',
};

function by(caller: Caller): CallOfService {
  const scope = { partition: 'aws', region: 'us-east-1', accountId: caller.accountId };
  const http = { sourceIp: '192.0.2.1', secure: true };
  return { caller, scope, deadline: 0, facts: { principal: caller, region: '', now: 0, http } };
}

it.each<[string, Caller, string]>([
  ['a user', USER, 'it was forwarded'],
  [
    'somebody who has come through a service',
    { ...USER, via: { serviceName: 'backup.amazonaws.com' } },
    'The caller has no credentials that can be forwarded.',
  ],
  [
    'a service',
    { ...USER, type: 'AWSService' },
    'The caller has no credentials that can be forwarded.',
  ],
])('%s is forwarded once', async (_who, caller, message) => {
  const port = makeKmsPort(served)('lobby');
  const KeyId = 'alias/a';
  const calls = [
    port.encrypt({ KeyId, Plaintext: Buffer.alloc(1) }, by(caller)),
    port.decrypt({ CiphertextBlob: Buffer.alloc(1) }, by(caller)),
    port.generateDataKey({ KeyId }, by(caller)),
  ];
  for (const call of calls) await expect(call).rejects.toThrow(message);
});
