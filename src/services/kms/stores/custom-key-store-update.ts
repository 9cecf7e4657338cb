/** UpdateCustomKeyStore. Source: AWS KMS API Reference; shared reference, lifecycle.md §7. */

import { keyStorePasswordLocation } from '../../../kernel/sealing.js';
import type { Deadline } from '../../../kernel/time.js';

import { kmsError } from '../errors.js';
import { refuse } from '../refusals.js';
import type { Services } from '../services.js';
import type { CustomKeyStore } from './custom-key-store.js';
import { certificateFingerprint, clusterFingerprint, findCluster } from './trust-anchor.js';

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
  services: Services,
): Promise<void> {
  const { NewCustomKeyStoreName: name, KeyStorePassword, CloudHsmClusterId: clusterId } = members;
  if (name === undefined && KeyStorePassword === undefined && clusterId === undefined) {
    throw refuse.validation('At least one property of the custom key store must be specified.');
  }
  const store = await services.customKeyStores.get(scope, members.CustomKeyStoreId);
  const nameOnly = KeyStorePassword === undefined && clusterId === undefined;
  const allowed = nameOnly ? (['CONNECTED', 'DISCONNECTED'] as const) : (['DISCONNECTED'] as const);
  services.connections.requireState(store, allowed);
  if (clusterId !== undefined) await requireRelated(store, clusterId, services);
  const sealedPassword =
    KeyStorePassword === undefined
      ? undefined
      : await sealPassword(store, KeyStorePassword, deadline, services);
  await services.customKeyStores.change(store.customKeyStoreId, (fresh) => {
    services.connections.requireState(fresh, allowed);
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
  { clusters }: Services,
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
  { sealer }: Services,
): Promise<Buffer> {
  const octets = Buffer.from(password, 'utf8');
  try {
    return await sealer.seal(octets, keyStorePasswordLocation(store.customKeyStoreId), deadline);
  } finally {
    octets.fill(0);
  }
}
