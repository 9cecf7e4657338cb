/** How a token gets the password of its store: once each time that somebody sets it. */
import { keyStorePasswordLocation, type Sealer } from '../../../kernel/sealing.js';
import type { WallClock } from '../../../kernel/time.js';
import {
  ConnectionError,
  type ConnectionErrorCode,
} from '../../../keystores/contract/connection-error.js';
import type { StoreConnection } from '../../../keystores/contract/store-connection.js';
import type { Log } from '../../../observe/log.js';
import { TokenError, TokenHostError } from '../../../token-host/protocol/token-error.js';
import type { CustomKeyStore } from './custom-key-store.js';
import type { RefusedPins } from './refused-pins.js';

export interface StoreLoginOptions {
  readonly sealer: Sealer;
  readonly refusedPins: Pick<RefusedPins, 'standing' | 'remember' | 'forget'>;
  readonly log: Log;
  readonly wallClock: WallClock;
}

/** Whoever asks for a login, while it goes on and after it. */
interface Asker {
  /** The login is not wanted any more. */
  readonly isCancelled: () => boolean;
  /** The token's host was replaced, and the PIN that was right is refused. */
  readonly onRefused: (code: ConnectionErrorCode) => void;
}

const UNSEAL_TIMEOUT_MS = 60_000;
/** Refusals that were about the PIN, so that the same PIN would be refused again. */
const WRONG_PIN: ReadonlySet<ConnectionErrorCode> = new Set(['INVALID_CREDENTIALS']);

export class StoreLogin {
  readonly #options: StoreLoginOptions;

  constructor(options: StoreLoginOptions) {
    this.#options = options;
  }

  /**
   * Opens the connection with the store's password, unless the token refused it, and remembers what the
   * token says; without a word when it is cancelled before.
   * @throws ConnectionError
   */
  async open(store: CustomKeyStore, connection: StoreConnection, asker: Asker): Promise<void> {
    const { refusedPins, sealer, wallClock } = this.#options;
    const { customKeyStoreId, cloudHsmClusterId: tokenId, sealedPassword } = store;
    requireUntried(await refusedPins.standing(tokenId, sealedPassword));
    const location = keyStorePasswordLocation(customKeyStoreId);
    const pin = await sealer.open(sealedPassword, location, wallClock() + UNSEAL_TIMEOUT_MS);
    try {
      // A disconnection that came meanwhile has closed the connection before it was opened.
      if (asker.isCancelled()) return;
      await connection.open(pin, (code) => void this.#refusedLater(store, code, asker));
    } catch (error) {
      if (isWrongPin(error)) await this.#remember(store);
      throw error;
    } finally {
      pin.fill(0);
    }
    await refusedPins.forget(tokenId);
  }

  async #refusedLater(store: CustomKeyStore, code: ConnectionErrorCode, { onRefused }: Asker) {
    if (WRONG_PIN.has(code)) await this.#remember(store);
    onRefused(code);
  }

  async #remember(store: CustomKeyStore): Promise<void> {
    const { customKeyStoreId, cloudHsmClusterId, sealedPassword } = store;
    try {
      await this.#options.refusedPins.remember(cloudHsmClusterId, sealedPassword);
    } catch (err) {
      const facts = { err, customKeyStoreId };
      this.#options.log.error(facts, 'a refused password could not be recorded');
    }
  }
}

function requireUntried(standing: Awaited<ReturnType<RefusedPins['standing']>>): void {
  if (standing === 'refused') {
    const cause = new Error(
      'the token refused this password before: set another, or this one again',
    );
    throw new ConnectionError('INVALID_CREDENTIALS', true, cause);
  }
  if (standing === 'too-many') {
    const cause = new Error(
      'the token refused too many passwords: its operator may delete its rows of refused_pins',
    );
    throw new ConnectionError('USER_LOCKED_OUT', true, cause);
  }
}

/** An expired PIN is right, and costs no try of the token's; one of unknown outcome may have cost one. */
function isWrongPin(error: unknown): boolean {
  if (!(error instanceof ConnectionError) || !error.refused) return false;
  const { cause } = error;
  if (cause instanceof TokenHostError && cause.kind === 'login-unknown') return true;
  const expired = cause instanceof TokenError && cause.code === 'CKR_PIN_EXPIRED';
  return WRONG_PIN.has(error.code) && !expired;
}
