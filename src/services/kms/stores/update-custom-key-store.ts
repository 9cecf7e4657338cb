import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import {
  CloudHsmClusterId,
  CustomKeyStoreId,
  CustomKeyStoreName,
  KeyStorePassword,
  xksProxyMembers,
} from '../shapes.js';
import { updateCustomKeyStore as update } from './custom-key-store-update.js';

export const updateCustomKeyStore = defineOperation({
  name: 'UpdateCustomKeyStore',
  summary: 'Changes the name, the password or the token of a custom key store.',
  input: Type.Object({
    CustomKeyStoreId,
    NewCustomKeyStoreName: Type.Optional(CustomKeyStoreName),
    KeyStorePassword: Type.Optional(KeyStorePassword),
    CloudHsmClusterId: Type.Optional(CloudHsmClusterId),
    ...xksProxyMembers,
  }),
  output: Type.Object({}),
  route: { method: 'PATCH', path: '/custom-key-stores/{CustomKeyStoreId}' },
  access: { keys: [], action: 'kms:UpdateCustomKeyStore', crossAccount: false, grants: false },
  readOnly: false,
  errors: [
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreNameInUseException',
    'CloudHsmClusterNotFoundException',
    'CloudHsmClusterNotRelatedException',
    'CustomKeyStoreInvalidStateException',
    'KMSInternalException',
    'CloudHsmClusterNotActiveException',
    'CloudHsmClusterInvalidConfigurationException',
  ],
  audit: {
    request: ['CustomKeyStoreId', 'NewCustomKeyStoreName', 'CloudHsmClusterId'],
    response: null,
  },
  async run({ input, scope, deadline }, services) {
    await update(input, scope, deadline, services);
    return {};
  },
});
