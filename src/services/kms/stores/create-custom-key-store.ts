import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import {
  CloudHsmClusterId,
  CustomKeyStoreId,
  CustomKeyStoreName,
  CustomKeyStoreType,
  KeyStorePassword,
  TrustAnchorCertificate,
  xksProxyMembers,
} from '../shapes.js';
import { createCustomKeyStore as create } from './custom-key-store-creation.js';

export const createCustomKeyStore = defineOperation({
  name: 'CreateCustomKeyStore',
  summary: 'Makes a configured PKCS#11 token available as a custom key store.',
  input: Type.Object({
    CustomKeyStoreName,
    CloudHsmClusterId: Type.Optional(CloudHsmClusterId),
    TrustAnchorCertificate: Type.Optional(TrustAnchorCertificate),
    KeyStorePassword: Type.Optional(KeyStorePassword),
    CustomKeyStoreType: Type.Optional(CustomKeyStoreType),
    ...xksProxyMembers,
  }),
  output: Type.Object({ CustomKeyStoreId }),
  route: { method: 'POST', path: '/custom-key-stores' },
  access: { keys: [], action: 'kms:CreateCustomKeyStore', crossAccount: false, grants: false },
  readOnly: false,
  errors: [
    'CloudHsmClusterInUseException',
    'CustomKeyStoreNameInUseException',
    'CloudHsmClusterNotFoundException',
    'KMSInternalException',
    'CloudHsmClusterNotActiveException',
    'IncorrectTrustAnchorException',
    'CloudHsmClusterInvalidConfigurationException',
    'LimitExceededException',
    'UnsupportedOperationException',
  ],
  audit: {
    request: [
      'CustomKeyStoreName',
      'CloudHsmClusterId',
      'TrustAnchorCertificate',
      'CustomKeyStoreType',
    ],
    response: ['CustomKeyStoreId'],
  },
  async run({ input, scope, deadline }, services) {
    return { CustomKeyStoreId: await create(input, scope, deadline, services) };
  },
});
