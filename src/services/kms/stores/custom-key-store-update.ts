/** UpdateCustomKeyStore. Source: AWS KMS API Reference; shared reference, lifecycle.md §7. */

import type { Sealer } from '../../../kernel/sealing.js';
import type { Deadline } from '../../../kernel/time.js';
import { refuse } from '../refusals.js';
import type { Connections } from './connections.js';
import { sealCredential } from './custom-key-store-creation.js';
import type { CustomKeyStoreRepository } from './custom-key-store-repository.js';
import { requireKind, type StoreKinds, type UpdateMembers } from './store-kind.js';

export interface StoreUpdatePorts {
  readonly storeKinds: StoreKinds;
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly connections: Connections;
  readonly sealer: Sealer;
}

/** The name may change while the store is connected; everything else needs it DISCONNECTED. */
export async function updateCustomKeyStore(
  members: UpdateMembers,
  scope: { readonly accountId: string; readonly region: string },
  deadline: Deadline,
  ports: StoreUpdatePorts,
): Promise<void> {
  const { CustomKeyStoreId, NewCustomKeyStoreName: name } = members;
  const nameOnly =
    members.KeyStorePassword === undefined && members.CloudHsmClusterId === undefined;
  if (name === undefined && nameOnly) {
    throw refuse.validation('At least one property of the custom key store must be specified.');
  }
  const store = await ports.customKeyStores.get(scope, CustomKeyStoreId);
  const allowed = nameOnly ? (['CONNECTED', 'DISCONNECTED'] as const) : (['DISCONNECTED'] as const);
  ports.connections.requireState(store, allowed);
  const { settings, credential } = await requireKind(ports.storeKinds, store.type).updated(
    store,
    members,
  );
  const sealedPassword =
    credential === undefined
      ? undefined
      : await sealCredential(CustomKeyStoreId, credential, deadline, ports);
  await ports.customKeyStores.change(CustomKeyStoreId, (fresh) => {
    ports.connections.requireState(fresh, allowed);
    return {
      ...(name !== undefined && { name }),
      ...settings,
      ...(sealedPassword && { sealedPassword }),
    };
  });
}
