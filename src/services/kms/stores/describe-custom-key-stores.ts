import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { readPage } from '../paging.js';
import { refuse } from '../refusals.js';
import {
  CustomKeyStoreId,
  CustomKeyStoreName,
  CustomKeyStoresListEntry,
  Limit,
  Marker,
  pageMembers,
} from '../shapes.js';

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
  async run({ input, scope }, { customKeyStores, connections }) {
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
      const state = connections.state(store);
      return {
        CustomKeyStoreId: store.customKeyStoreId,
        CustomKeyStoreName: store.name,
        CloudHsmClusterId: store.cloudHsmClusterId,
        TrustAnchorCertificate: store.trustAnchor,
        ConnectionState: state,
        ...(state === 'FAILED' &&
          store.connectionError && { ConnectionErrorCode: store.connectionError }),
        CreationDate: store.createdAt,
        CustomKeyStoreType: store.type,
      };
    });
    return { CustomKeyStores: entries, ...page };
  },
});
