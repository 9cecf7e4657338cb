import type { Static } from 'typebox';
import type { StoreConnection } from '../../../keystores/contract/store-connection.js';
import { refuse } from '../refusals.js';
import type { CustomKeyStoresListEntry } from '../shapes.js';
import type { CustomKeyStore, CustomKeyStoreType } from './custom-key-store.js';

/** What CreateCustomKeyStore gives. */
export interface CreationMembers {
  readonly CustomKeyStoreName: string;
  readonly CustomKeyStoreType?: CustomKeyStoreType;
  readonly CloudHsmClusterId?: string;
  readonly TrustAnchorCertificate?: string;
  readonly KeyStorePassword?: string;
}

/** What UpdateCustomKeyStore gives. */
export interface UpdateMembers {
  readonly CustomKeyStoreId: string;
  readonly NewCustomKeyStoreName?: string;
  readonly CloudHsmClusterId?: string;
  readonly KeyStorePassword?: string;
}

/** The columns that say what stands behind a store. */
export type StoreSettings = Pick<CustomKeyStore, 'cloudHsmClusterId' | 'trustAnchor'>;

/** What a store is made of: its settings, and the credential that is sealed. */
export interface NewStore {
  readonly settings: StoreSettings;
  readonly credential: string;
}

/**
 * One type of custom key store: which members it takes, what it shows, how it connects. A new type is
 * a file in `kinds/`, its own StoreConnection, and a line in the list of `app/modules/key-stores.ts`.
 */
export interface StoreKind {
  readonly type: CustomKeyStoreType;

  /** @param accountId whose store it is to be. @throws ServiceError for members that make no such store */
  created(members: CreationMembers, accountId: string): Promise<NewStore>;

  /** What an update changes; nothing for a new name alone. @throws ServiceError */
  updated(store: CustomKeyStore, members: UpdateMembers): Promise<Partial<NewStore>>;

  /** Members of DescribeCustomKeyStores. */
  shown(store: CustomKeyStore): Partial<Static<typeof CustomKeyStoresListEntry>>;

  /** Undefined: what stands behind the store is not configured, or not for its account. */
  connectionTo(store: CustomKeyStore): StoreConnection | undefined;
}

export type StoreKinds = ReadonlyMap<CustomKeyStoreType, StoreKind>;

/** @throws ServiceError UnsupportedOperationException */
export function requireKind(kinds: StoreKinds, type: CustomKeyStoreType): StoreKind {
  const kind = kinds.get(type);
  if (kind) return kind;
  throw refuse.unsupported(`Custom key stores of type ${type} are not supported yet.`);
}
