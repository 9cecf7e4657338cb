/** CreateCustomKeyStore. Source: AWS KMS API Reference; shared reference, lifecycle.md §7.2. */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sealer } from '../../../kernel/sealing.js';
import { keyStorePasswordLocation } from '../../../kernel/sealing.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import { kmsError } from '../errors.js';
import { refuse } from '../refusals.js';
import type { CustomKeyStore } from './custom-key-store.js';
import type { CustomKeyStoreRepository } from './custom-key-store-repository.js';
import type { Clusters } from './trust-anchor.js';
import { certificateFingerprint, clusterFingerprint, findCluster } from './trust-anchor.js';

export interface StoreCreationPorts {
  readonly clusters: Clusters;
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly sealer: Sealer;
  readonly calendar: CalendarClock;
}

interface StoreScope {
  readonly accountId: string;
  readonly region: string;
}

interface CreationMembers {
  readonly CustomKeyStoreName: string;
  readonly CloudHsmClusterId?: string;
  readonly TrustAnchorCertificate?: string;
  readonly KeyStorePassword?: string;
  readonly CustomKeyStoreType?: 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';
}

interface Wanted {
  readonly name: string;
  readonly clusterId: string;
  readonly trustAnchor: string;
  readonly password: string;
}

/**
 * Stores a new custom key store, DISCONNECTED. The same request for a store that exists and is
 * disconnected answers that store's id, as AWS does.
 */
export async function createCustomKeyStore(
  members: CreationMembers,
  scope: StoreScope,
  deadline: Deadline,
  ports: StoreCreationPorts,
): Promise<string> {
  const wanted = requireMembers(members);
  const cluster = findCluster(ports.clusters, wanted.clusterId);
  if (certificateFingerprint(wanted.trustAnchor) !== (await clusterFingerprint(cluster))) {
    throw kmsError(
      'IncorrectTrustAnchorException',
      `The trust anchor certificate is not the one of ${wanted.clusterId}.`,
    );
  }
  const existing = await findSame(wanted, scope, deadline, ports);
  if (existing) return existing;

  const customKeyStoreId = `cks-${randomBytes(9).toString('hex').slice(0, 17)}`;
  const password = Buffer.from(wanted.password, 'utf8');
  const location = keyStorePasswordLocation(customKeyStoreId);
  try {
    await ports.customKeyStores.insert({
      customKeyStoreId,
      ...scope,
      name: wanted.name,
      type: 'AWS_CLOUDHSM',
      cloudHsmClusterId: wanted.clusterId,
      trustAnchor: wanted.trustAnchor,
      sealedPassword: await ports.sealer.seal(password, location, deadline),
      connection: 'disconnected',
      connectionError: undefined,
      createdAt: new Date(ports.calendar()),
    });
  } finally {
    password.fill(0);
  }
  return customKeyStoreId;
}

function requireMembers(members: CreationMembers): Wanted {
  if (members.CustomKeyStoreType === 'EXTERNAL_KEY_STORE') {
    throw refuse.unsupported('Custom key stores of type EXTERNAL_KEY_STORE are not supported yet.');
  }
  const { CloudHsmClusterId, TrustAnchorCertificate, KeyStorePassword } = members;
  if (!CloudHsmClusterId || !TrustAnchorCertificate || !KeyStorePassword) {
    throw refuse.validation(
      'CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword must be specified for a custom key store of type AWS_CLOUDHSM.',
    );
  }
  return {
    name: members.CustomKeyStoreName,
    clusterId: CloudHsmClusterId,
    trustAnchor: TrustAnchorCertificate,
    password: KeyStorePassword,
  };
}

async function findSame(
  wanted: Wanted,
  scope: StoreScope,
  deadline: Deadline,
  { customKeyStores, sealer }: Pick<StoreCreationPorts, 'customKeyStores' | 'sealer'>,
): Promise<string | undefined> {
  const [stored] = await customKeyStores.list(scope, { name: wanted.name }, '', 1);
  if (
    stored?.connection !== 'disconnected' ||
    stored.cloudHsmClusterId !== wanted.clusterId ||
    stored.trustAnchor !== wanted.trustAnchor
  ) {
    return undefined;
  }
  const same = await hasPassword(stored, wanted.password, deadline, sealer);
  return same ? stored.customKeyStoreId : undefined;
}

async function hasPassword(
  store: CustomKeyStore,
  password: string,
  deadline: Deadline,
  sealer: Sealer,
): Promise<boolean> {
  const location = keyStorePasswordLocation(store.customKeyStoreId);
  const stored = await sealer.open(store.sealedPassword, location, deadline);
  const given = Buffer.from(password, 'utf8');
  try {
    return stored.length === given.length && timingSafeEqual(stored, given);
  } finally {
    stored.fill(0);
    given.fill(0);
  }
}
