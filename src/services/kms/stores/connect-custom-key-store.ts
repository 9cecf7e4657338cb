import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { CustomKeyStoreId } from '../shapes.js';

export const connectCustomKeyStore = defineOperation({
  name: 'ConnectCustomKeyStore',
  summary: 'Begins to connect a custom key store to its token.',
  input: Type.Object({ CustomKeyStoreId }),
  output: Type.Object({}),
  route: { method: 'POST', path: '/custom-key-stores/{CustomKeyStoreId}/connect' },
  access: { keys: [], action: 'kms:ConnectCustomKeyStore', crossAccount: false, grants: false },
  readOnly: false,
  errors: [
    'CloudHsmClusterNotActiveException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'KMSInternalException',
    'CloudHsmClusterInvalidConfigurationException',
  ],
  audit: { request: ['CustomKeyStoreId'], response: null },
  async run({ input, scope }, { customKeyStores, connections }) {
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    await connections.connect(store.customKeyStoreId);
    return {};
  },
});
