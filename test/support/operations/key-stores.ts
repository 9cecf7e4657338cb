/** The operations on custom key stores, in an order in which each succeeds on the server's own. */
import { connectionState, newKeyStore } from '../custom-key-store.js';
import type { OperationRow, Recorded } from './operation-row.js';
import type { Surroundings } from './surroundings.js';

/** Not the token's: it is distinctive, so that a search finds it. */
export const PASSWORD = 'Pa55w0rd-not-to-be-seen';

const theStore = (_: string, { server }: Surroundings) => ({
  CustomKeyStoreId: server.customKeyStoreId,
});
const recorded: Recorded = {
  request: ({ CustomKeyStoreId }) => ({ customKeyStoreId: CustomKeyStoreId }),
  response: () => null,
  resources: () => [],
};
const becomes =
  (state: 'CONNECTED' | 'DISCONNECTED') =>
  async ({ server: { strongroom, customKeyStoreId } }: Surroundings) =>
    connectionState(await strongroom.client(), customKeyStoreId, state);

export const keyStores: readonly OperationRow[] = [
  { operation: 'DescribeCustomKeyStores', input: theStore, body: 'members', recorded },
  {
    operation: 'DisconnectCustomKeyStore',
    changes: true,
    input: theStore,
    after: becomes('DISCONNECTED'),
    body: '{}',
    recorded,
  },
  {
    operation: 'UpdateCustomKeyStore',
    changes: true,
    input: (_, { server }) => ({
      ...{ CustomKeyStoreId: server.customKeyStoreId, NewCustomKeyStoreName: 'renamed' },
      KeyStorePassword: PASSWORD,
    }),
    body: '{}',
    recorded: {
      ...recorded,
      request: ({ CustomKeyStoreId, NewCustomKeyStoreName }) => ({
        ...{ customKeyStoreId: CustomKeyStoreId, newCustomKeyStoreName: NewCustomKeyStoreName },
      }),
    },
  },
  {
    operation: 'DeleteCustomKeyStore',
    changes: true,
    input: theStore,
    body: '{}',
    recorded,
  },
  {
    operation: 'CreateCustomKeyStore',
    changes: true,
    input: (_, { server }) => newKeyStore(server.strongroom),
    after: ({ server }, { CustomKeyStoreId }) => {
      server.customKeyStoreId = String(CustomKeyStoreId);
    },
    body: 'members',
    recorded: {
      ...recorded,
      request: ({ CustomKeyStoreName, CloudHsmClusterId, TrustAnchorCertificate }) => ({
        ...{ customKeyStoreName: CustomKeyStoreName, cloudHsmClusterId: CloudHsmClusterId },
        trustAnchorCertificate: TrustAnchorCertificate,
      }),
      response: ({ CustomKeyStoreId }) => ({ customKeyStoreId: CustomKeyStoreId }),
    },
  },
  {
    operation: 'ConnectCustomKeyStore',
    changes: true,
    input: theStore,
    after: becomes('CONNECTED'),
    body: '{}',
    recorded,
  },
];
