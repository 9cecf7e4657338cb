/** UpdateCustomKeyStore. Source: AWS KMS API Reference; shared reference, lifecycle.md §7. */

import type { Sealer } from '../../../kernel/sealing.js';
import { keyStorePasswordLocation } from '../../../kernel/sealing.js';
import type { Deadline } from '../../../kernel/time.js';
import { kmsError } from '../errors.js';
import { refuse } from '../refusals.js';
import type { Connections } from './connections.js';
import type { CustomKeyStore } from './custom-key-store.js';
import type { CustomKeyStoreRepository } from './custom-key-store-repository.js';
import type { Clusters } from './trust-anchor.js';
import { certificateFingerprint, clusterFingerprint, findCluster } from './trust-anchor.js';

export interface StoreUpdatePorts {
  readonly clusters: Clusters;
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly connections: Connections;
  readonly sealer: Sealer;
}

interface UpdateMembers {
  readonly CustomKeyStoreId: string;
  readonly NewCustomKeyStoreName?: string;
  readonly KeyStorePassword?: string;
  readonly CloudHsmClusterId?: string;
}

/** The name may change while the store is connected; everything else needs it DISCONNECTED. */
export async function updateCustomKeyStore(
  members: UpdateMembers,
  scope: { readonly accountId: string; readonly region: string },
  deadline: Deadline,
  ports: StoreUpdatePorts,
): Promise<void> {
  const { NewCustomKeyStoreName: name, KeyStorePassword, CloudHsmClusterId: clusterId } = members;
  if (name === undefined && KeyStorePassword === undefined && clusterId === undefined) {
    throw refuse.validation('At least one property of the custom key store must be specified.');
  }
  const store = await ports.customKeyStores.get(scope, members.CustomKeyStoreId);
  const nameOnly = KeyStorePassword === undefined && clusterId === undefined;
  const allowed = nameOnly ? (['CONNECTED', 'DISCONNECTED'] as const) : (['DISCONNECTED'] as const);
  ports.connections.requireState(store, allowed);
  if (clusterId !== undefined) await requireRelated(store, clusterId, ports);
  const sealedPassword =
    KeyStorePassword === undefined
      ? undefined
      : await sealPassword(store, KeyStorePassword, deadline, ports);
  await ports.customKeyStores.change(store.customKeyStoreId, (fresh) => {
    ports.connections.requireState(fresh, allowed);
    return {
      ...(name !== undefined && { name }),
      ...(clusterId !== undefined && { cloudHsmClusterId: clusterId }),
      ...(sealedPassword && { sealedPassword }),
    };
  });
}

/** A store may move only to a token with the same certificate: the one that has its keys. */
async function requireRelated(
  store: CustomKeyStore,
  clusterId: string,
  { clusters }: Pick<StoreUpdatePorts, 'clusters'>,
): Promise<void> {
  const fingerprint = await clusterFingerprint(findCluster(clusters, clusterId));
  if (fingerprint !== certificateFingerprint(store.trustAnchor)) {
    throw kmsError(
      'CloudHsmClusterNotRelatedException',
      `The cluster ${clusterId} has another certificate than ${store.cloudHsmClusterId}.`,
    );
  }
}

async function sealPassword(
  store: CustomKeyStore,
  password: string,
  deadline: Deadline,
  { sealer }: Pick<StoreUpdatePorts, 'sealer'>,
): Promise<Buffer> {
  const octets = Buffer.from(password, 'utf8');
  try {
    return await sealer.seal(octets, keyStorePasswordLocation(store.customKeyStoreId), deadline);
  } finally {
    octets.fill(0);
  }
}
