import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { CustomKeyStoreId } from '../shapes.js';

export const disconnectCustomKeyStore = defineOperation({
  name: 'DisconnectCustomKeyStore',
  summary: 'Begins to disconnect a custom key store; its keys become unavailable.',
  input: Type.Object({ CustomKeyStoreId }),
  output: Type.Object({}),
  route: { method: 'POST', path: '/custom-key-stores/{CustomKeyStoreId}/disconnect' },
  access: { keys: [], action: 'kms:DisconnectCustomKeyStore', crossAccount: false, grants: false },
  readOnly: false,
  errors: [
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'KMSInternalException',
  ],
  audit: { request: ['CustomKeyStoreId'], response: null },
  async run({ input, scope }, { customKeyStores, connections }) {
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    await connections.disconnect(store.customKeyStoreId);
    return {};
  },
});
