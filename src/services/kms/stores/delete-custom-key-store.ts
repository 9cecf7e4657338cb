import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { CustomKeyStoreId } from '../shapes.js';

export const deleteCustomKeyStore = defineOperation({
  name: 'DeleteCustomKeyStore',
  summary: 'Forgets a disconnected custom key store without keys; its token is untouched.',
  input: Type.Object({ CustomKeyStoreId }),
  output: Type.Object({}),
  route: { method: 'DELETE', path: '/custom-key-stores/{CustomKeyStoreId}' },
  access: { keys: [], action: 'kms:DeleteCustomKeyStore', crossAccount: false, grants: false },
  readOnly: false,
  errors: [
    'CustomKeyStoreHasCMKsException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'KMSInternalException',
  ],
  audit: { request: ['CustomKeyStoreId'], response: null },
  async run({ input, scope }, { customKeyStores, connections }) {
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    await customKeyStores.delete(store.customKeyStoreId, (fresh) =>
      connections.requireState(fresh, ['DISCONNECTED']),
    );
    return {};
  },
});
