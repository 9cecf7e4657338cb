import { defineServerCommand } from '../core/server-command.js';
import { STORE } from './store-operand.js';

export const disconnectStore = defineServerCommand({
  name: 'store disconnect',
  summary: 'log a custom key store out of its token; its keys are Unavailable then',
  operand: STORE,
  options: {},
  examples: [['strongroom store disconnect cks-1234567890abcdef0', 'before work on the token']],
  async run(server, _options, { tell }, store) {
    await server.kms('DisconnectCustomKeyStore', { CustomKeyStoreId: store });
    tell([`${store} is disconnecting`], { CustomKeyStoreId: store });
    return undefined;
  },
});
