/** How a token gets the password of its store: once each time that somebody sets it. */
import { keyStorePasswordLocation, type Sealer } from '../../../kernel/sealing.js';
import type { WallClock } from '../../../kernel/time.js';
import {
  ConnectionError,
  type ConnectionErrorCode,
} from '../../../keystores/contract/connection-error.js';
import type {
  CredentialStanding,
  StoreConnection,
} from '../../../keystores/contract/store-connection.js';
import type { Log } from '../../../observe/log.js';
import type { CustomKeyStore } from './custom-key-store.js';
import type { PinTries } from './pin-tries.js';
import { PinTry, type TryOutcome } from './pin-try.js';

export interface StoreLoginOptions {
  readonly sealer: Sealer;
  readonly pinTries: Pick<PinTries, 'leave' | 'refused'>;
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

/** What counts when a connection is closed: an outcome that nobody knows may have cost a try. */
const OUTCOMES: Readonly<Record<CredentialStanding, TryOutcome>> = {
  untried: 'untried',
  unclear: 'refused',
  good: 'good',
  refused: 'refused',
};

export class StoreLogin {
  readonly #options: StoreLoginOptions;

  constructor(options: StoreLoginOptions) {
    this.#options = options;
  }

  /**
   * Opens the connection with the store's password, unless the token refused it, and remembers what the
   * token says; without a word when it is cancelled before. Waits while another server tries it.
   * @throws ConnectionError
   */
  async open(store: CustomKeyStore, connection: StoreConnection, asker: Asker): Promise<void> {
    const { cloudHsmClusterId: tokenId, sealedPassword } = store;
    const { pinTries } = this.#options;
    const leave = await pinTries.leave(tokenId, sealedPassword, asker.isCancelled);
    if (leave === 'cancelled') return;
    if (leave === 'refused') throw refusedBefore();
    if (leave === 'too-many') throw tooManyRefused();
    try {
      await this.#try(store, connection, asker);
    } catch (error) {
      // Until it is closed the connection may make attempts of its own.
      await connection.close();
      await this.#settle(store, leave, OUTCOMES[connection.credential], asker);
      throw error;
    }
    const isOpen = connection.credential === 'good';
    const known = await this.#settle(store, leave, isOpen ? 'good' : 'untried', asker);
    if (isOpen && !known) throw refusedBefore();
  }

  async #try(store: CustomKeyStore, connection: StoreConnection, asker: Asker): Promise<void> {
    const { sealer, wallClock } = this.#options;
    const location = keyStorePasswordLocation(store.customKeyStoreId);
    const pin = await sealer.open(store.sealedPassword, location, wallClock() + UNSEAL_TIMEOUT_MS);
    try {
      // A disconnection that came meanwhile has closed the connection before it was opened.
      if (asker.isCancelled()) return;
      await connection.open(pin, (code) => {
        void this.#refusedLater(store, connection).then(() => asker.onRefused(code));
      });
    } finally {
      pin.fill(0);
    }
  }

  /** @returns false when the password counts as refused, whatever the token said of it */
  async #settle(
    store: CustomKeyStore,
    leave: 'good' | PinTry,
    outcome: TryOutcome,
    { isCancelled }: Asker,
  ): Promise<boolean> {
    if (leave instanceof PinTry) return leave.settle(outcome, isCancelled);
    if (outcome === 'refused') await this.#remember(store);
    return true;
  }

  async #refusedLater(store: CustomKeyStore, { credential }: StoreConnection): Promise<void> {
    if (OUTCOMES[credential] === 'refused') await this.#remember(store);
  }

  async #remember(store: CustomKeyStore): Promise<void> {
    const { customKeyStoreId, cloudHsmClusterId, sealedPassword } = store;
    try {
      await this.#options.pinTries.refused(cloudHsmClusterId, sealedPassword);
    } catch (err) {
      const facts = { err, customKeyStoreId };
      this.#options.log.error(facts, 'a refused password could not be recorded');
    }
  }
}

function refusedBefore(): ConnectionError {
  const cause = new Error(
    'the token refused this password, or nobody knows what came of it: set another, or this one again',
  );
  return new ConnectionError('INVALID_CREDENTIALS', true, cause);
}

function tooManyRefused(): ConnectionError {
  const cause = new Error(
    'the token refused too many passwords: its operator may delete its rows of refused_pins',
  );
  return new ConnectionError('USER_LOCKED_OUT', true, cause);
}
