import type { ConnectionErrorCode } from './connection-error.js';
import type { KeyStore } from './key-store.js';
import type { MaterialMaker } from './materials.js';

/**
 * What is known of a credential: the other side hasn't looked at it; has looked, and nobody knows with
 * what outcome; took it; says that it is wrong.
 */
export type CredentialStanding = 'untried' | 'unclear' | 'good' | 'refused';

/** One custom key store's connection to what stands behind it; opened once, and closed once. */
export interface StoreConnection {
  /** What is there to be used while it is open. */
  readonly keyStore: KeyStore;
  /** Where new material is made. */
  readonly materials: MaterialMaker;

  /**
   * Connects, once. `onRefused` is called if the credential is refused at a later time.
   * @param credential what the administrator gave (KeyStorePassword); the caller zeroes it
   * @throws ConnectionError
   */
  open(credential: Buffer, onRefused: (code: ConnectionErrorCode) => void): Promise<void>;

  /** What is known of the credential now; nothing more will be once `close` has settled. */
  readonly credential: CredentialStanding;

  /** Why what stands behind it is away just now, while it is. */
  readonly trouble: ConnectionErrorCode | undefined;

  /** Tries at once to destroy what is to go. @returns whether none of these is left. */
  destroyed(ckaIds: readonly string[]): Promise<boolean>;

  /** Ends it, also while it is being opened. */
  close(): Promise<void>;
}
