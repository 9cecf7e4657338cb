/** Custom key stores. Source: AWS KMS API Reference; shared reference, lifecycle.md §7. */

import { Type } from 'typebox';
import { EmptyResult } from '../../../declare/shape-kinds.js';
import { defineOperation } from '../operation.js';
import { readPage } from '../paging.js';
import { refuse } from '../refusals.js';
import {
  CloudHsmClusterId,
  CustomKeyStoreId,
  CustomKeyStoreName,
  CustomKeyStoresListEntry,
  CustomKeyStoreType,
  KeyStorePassword,
  Limit,
  Marker,
  pageMembers,
  TrustAnchorCertificate,
  xksProxyMembers,
} from '../shapes.js';
import type { Connections } from './connections.js';
import {
  createCustomKeyStore as create,
  type StoreCreationPorts,
} from './custom-key-store-creation.js';
import type { CustomKeyStoreRepository } from './custom-key-store-repository.js';
import {
  type StoreUpdatePorts,
  updateCustomKeyStore as update,
} from './custom-key-store-update.js';
import { requireKind, type StoreKinds } from './store-kind.js';

interface StorePorts {
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly connections: Connections;
}

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
  async run({ input, scope, deadline }, ports: StoreCreationPorts) {
    return { CustomKeyStoreId: await create(input, scope, deadline, ports) };
  },
});

const DEFAULT_LIMIT = 100;

export const describeCustomKeyStores = defineOperation({
  name: 'DescribeCustomKeyStores',
  summary: 'Describes custom key stores and the states of their connections.',
  input: Type.Object({
    CustomKeyStoreId: Type.Optional(CustomKeyStoreId),
    CustomKeyStoreName: Type.Optional(CustomKeyStoreName),
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
  }),
  output: Type.Object({ CustomKeyStores: Type.Array(CustomKeyStoresListEntry), ...pageMembers }),
  route: { method: 'GET', path: '/custom-key-stores' },
  validate: (input) => {
    if (input.CustomKeyStoreId !== undefined && input.CustomKeyStoreName !== undefined) {
      throw refuse.validation('Specify either CustomKeyStoreId or CustomKeyStoreName, not both.');
    }
  },
  access: { keys: [], action: 'kms:DescribeCustomKeyStores', crossAccount: false, grants: false },
  readOnly: true,
  errors: ['CustomKeyStoreNotFoundException', 'InvalidMarkerException', 'KMSInternalException'],
  audit: {
    request: ['CustomKeyStoreId', 'CustomKeyStoreName', 'Limit', 'Marker'],
    response: null,
  },
  async run(
    { input, scope },
    { customKeyStores, connections, storeKinds }: StorePorts & { readonly storeKinds: StoreKinds },
  ) {
    const { CustomKeyStoreId: customKeyStoreId, CustomKeyStoreName: name } = input;
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => customKeyStores.list(scope, { customKeyStoreId, name }, after, limit),
      (store) => store.customKeyStoreId,
    );
    const wanted = customKeyStoreId ?? name;
    if (wanted !== undefined && items.length === 0) throw refuse.customKeyStoreNotFound(wanted);
    const entries = items.map((store) => {
      const trouble = connections.trouble(store);
      return {
        CustomKeyStoreId: store.customKeyStoreId,
        CustomKeyStoreName: store.name,
        ...requireKind(storeKinds, store.type).shown(store),
        ConnectionState: connections.state(store),
        ...(trouble && { ConnectionErrorCode: trouble }),
        CreationDate: store.createdAt,
        CustomKeyStoreType: store.type,
      };
    });
    return { CustomKeyStores: entries, ...page };
  },
});

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
  output: EmptyResult,
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
  async run({ input, scope, deadline }, ports: StoreUpdatePorts) {
    await update(input, scope, deadline, ports);
    return {};
  },
});

export const connectCustomKeyStore = defineOperation({
  name: 'ConnectCustomKeyStore',
  summary: 'Begins to connect a custom key store to its token.',
  input: Type.Object({ CustomKeyStoreId }),
  output: EmptyResult,
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
  async run({ input, scope }, { customKeyStores, connections }: StorePorts) {
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    await connections.connect(store.customKeyStoreId);
    return {};
  },
});

export const disconnectCustomKeyStore = defineOperation({
  name: 'DisconnectCustomKeyStore',
  summary: 'Begins to disconnect a custom key store; its keys become unavailable.',
  input: Type.Object({ CustomKeyStoreId }),
  output: EmptyResult,
  route: { method: 'POST', path: '/custom-key-stores/{CustomKeyStoreId}/disconnect' },
  access: { keys: [], action: 'kms:DisconnectCustomKeyStore', crossAccount: false, grants: false },
  readOnly: false,
  errors: [
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'KMSInternalException',
  ],
  audit: { request: ['CustomKeyStoreId'], response: null },
  async run({ input, scope }, { customKeyStores, connections }: StorePorts) {
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    await connections.disconnect(store.customKeyStoreId);
    return {};
  },
});

export const deleteCustomKeyStore = defineOperation({
  name: 'DeleteCustomKeyStore',
  summary: 'Forgets a disconnected custom key store without keys; its token is untouched.',
  input: Type.Object({ CustomKeyStoreId }),
  output: EmptyResult,
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
  async run({ input, scope }, { customKeyStores, connections }: StorePorts) {
    const store = await customKeyStores.get(scope, input.CustomKeyStoreId);
    await customKeyStores.delete(store.customKeyStoreId, (fresh) =>
      connections.requireState(fresh, ['DISCONNECTED']),
    );
    return {};
  },
});
