/** CreateCustomKeyStore. Source: AWS KMS API Reference; shared reference, lifecycle.md §7.2. */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sealer } from '../../../kernel/sealing.js';
import { keyStorePasswordLocation } from '../../../kernel/sealing.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import type { CustomKeyStore } from './custom-key-store.js';
import type { CustomKeyStoreRepository } from './custom-key-store-repository.js';
import { type CreationMembers, type NewStore, requireKind, type StoreKinds } from './store-kind.js';

export interface StoreCreationPorts {
  readonly storeKinds: StoreKinds;
  readonly customKeyStores: CustomKeyStoreRepository;
  readonly sealer: Sealer;
  readonly calendar: CalendarClock;
}

interface StoreScope {
  readonly accountId: string;
  readonly region: string;
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
  const { CustomKeyStoreName: name, CustomKeyStoreType: type = 'AWS_CLOUDHSM' } = members;
  const wanted = await requireKind(ports.storeKinds, type).created(members, scope.accountId);
  const existing = await findSame({ name, type, ...wanted }, scope, deadline, ports);
  if (existing) return existing;

  const customKeyStoreId = `cks-${randomBytes(9).toString('hex').slice(0, 17)}`;
  await ports.customKeyStores.insert({
    customKeyStoreId,
    ...scope,
    name,
    type,
    ...wanted.settings,
    sealedPassword: await sealCredential(customKeyStoreId, wanted.credential, deadline, ports),
    connection: 'disconnected',
    connectionError: undefined,
    createdAt: new Date(ports.calendar()),
  });
  return customKeyStoreId;
}

/** What opens a store, sealed for this store alone. */
export async function sealCredential(
  customKeyStoreId: string,
  credential: string,
  deadline: Deadline,
  { sealer }: { readonly sealer: Sealer },
): Promise<Buffer> {
  const octets = Buffer.from(credential, 'utf8');
  try {
    return await sealer.seal(octets, keyStorePasswordLocation(customKeyStoreId), deadline);
  } finally {
    octets.fill(0);
  }
}

async function findSame(
  wanted: NewStore & Pick<CustomKeyStore, 'name' | 'type'>,
  scope: StoreScope,
  deadline: Deadline,
  { customKeyStores, sealer }: Pick<StoreCreationPorts, 'customKeyStores' | 'sealer'>,
): Promise<string | undefined> {
  const { name, type, settings, credential } = wanted;
  const [stored] = await customKeyStores.list(scope, { name }, '', 1);
  if (
    stored?.connection !== 'disconnected' ||
    stored.type !== type ||
    stored.cloudHsmClusterId !== settings.cloudHsmClusterId ||
    stored.trustAnchor !== settings.trustAnchor
  ) {
    return undefined;
  }
  const same = await hasCredential(stored, credential, deadline, sealer);
  return same ? stored.customKeyStoreId : undefined;
}

async function hasCredential(
  store: CustomKeyStore,
  credential: string,
  deadline: Deadline,
  sealer: Sealer,
): Promise<boolean> {
  const location = keyStorePasswordLocation(store.customKeyStoreId);
  const stored = await sealer.open(store.sealedPassword, location, deadline);
  const given = Buffer.from(credential, 'utf8');
  try {
    return stored.length === given.length && timingSafeEqual(stored, given);
  } finally {
    stored.fill(0);
    given.fill(0);
  }
}
