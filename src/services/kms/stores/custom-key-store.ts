import type { ConnectionErrorCode } from '../../../keystores/contract/connection-error.js';

/**
 * What an administrator last asked for, or what a connection attempt ended in. The reported
 * ConnectionState is derived from it and from the connection itself: see connections.ts.
 * `failed` is stored, so that a password the token refused isn't tried again after a restart.
 */
export type StoredConnection = 'connected' | 'disconnected' | 'failed';

/** AWS's names of the types; which there are here, the kinds say (store-kind.ts). */
export type CustomKeyStoreType = 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';

/** A custom key store: a PKCS#11 token, for example, under a name. */
export interface CustomKeyStore {
  /** `cks-` and 17 hex digits. */
  readonly customKeyStoreId: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly type: CustomKeyStoreType;
  readonly cloudHsmClusterId: string;
  /** The PEM certificate as it was given. */
  readonly trustAnchor: string;
  /** What opens it, such as the user's PIN, sealed by the root key. */
  readonly sealedPassword: Buffer;
  readonly connection: StoredConnection;
  readonly connectionError: ConnectionErrorCode | undefined;
  readonly createdAt: Date;
}
