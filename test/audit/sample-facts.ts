import type { AuditFacts } from '../../src/audit/record.js';
import { rootUser } from '../support/sample-principal.js';

export const KEY_ARN =
  'arn:aws:kms:eu-central-1:111122223333:key/0f0e0d0c-0b0a-4908-8706-050403020100';

/** A successful Encrypt by the root user. */
export const sampleFacts: AuditFacts = {
  eventTime: new Date('2026-03-02T08:14:55.987Z'),
  eventId: 'f0a7c9b4-7c62-45a1-b2a3-6bb1f1e10002',
  requestId: '7d1f0c52-0d0c-4a6e-9c1b-2f6a5b7e0001',
  service: 'kms',
  operation: 'Encrypt',
  region: 'eu-central-1',
  accountId: '111122223333',
  caller: {
    ...rootUser(),
    accessKeyId: 'EXAMPLEROOTACCESSKEY',
  },
  sourceIp: '10.20.30.40',
  userAgent: 'aws-sdk-js/3.900.0',
  requestParameters: { keyId: 'alias/invoices', encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  responseElements: null,
  resources: [{ accountId: '111122223333', arn: KEY_ARN }],
  readOnly: true,
  host: 'kms.example.test',
};
