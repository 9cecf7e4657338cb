import { defineServerCommand } from '../core/server-command.js';
import { STORE } from './store-operand.js';

export const connectStore = defineServerCommand({
  name: 'store connect',
  summary: 'log a custom key store in to its token; the server goes on with it by itself',
  operand: STORE,
  options: {},
  examples: [
    [
      'strongroom store connect cks-1234567890abcdef0',
      'strongroom store list says what came of it',
    ],
  ],
  async run(server, _options, { tell }, store) {
    await server.kms('ConnectCustomKeyStore', { CustomKeyStoreId: store });
    tell([`${store} is connecting`], { CustomKeyStoreId: store });
    return undefined;
  },
});
