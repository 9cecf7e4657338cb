import { existsSync } from 'node:fs';
import {
  Module,
  type Session,
  SessionFlag,
  type Slot,
  type Token,
  TokenFlag,
  UserType,
} from 'graphene-pk11';
import { initialiseToken, initialiseUserPin } from '../../src/token-host/host/token-set-up.js';
import { TokenSetupRefusal } from './refusal.js';

/** PKCS#11 v2.40 §5.4: without it SoftHSM turns its own locking off. */
const CKF_OS_LOCKING_OK = 0x02;
const CKR_PIN_INCORRECT = 0xa0;

/** What a token says of itself. */
export interface FoundToken {
  readonly label: string;
  readonly serial: string;
  readonly userPinSet: boolean;
}

/**
 * SoftHSM, loaded for one-shot administration. It reads its configuration afresh at each
 * C_Initialize, so every call here names the configuration it works on. Only a process of its own
 * may use this: the server never loads a PKCS#11 library.
 */
export class SoftHsmLibrary {
  readonly #module: Module;

  /** @throws {TokenSetupRefusal} when there is no library at `libraryPath`. */
  constructor(libraryPath: string) {
    if (!existsSync(libraryPath)) {
      throw new TokenSetupRefusal(
        `SoftHSM is not installed: there is no ${libraryPath}. On Debian or Ubuntu: apt-get install softhsm2`,
      );
    }
    this.#module = Module.load(libraryPath, 'SoftHSM');
  }

  /** All initialised tokens. */
  listTokens(configurationFile: string): FoundToken[] {
    return this.#initialised(configurationFile, () =>
      this.#slots()
        .map((slot) => slot.getToken())
        .filter(isInitialised)
        .map((token) => ({
          label: token.label,
          serial: token.serialNumber,
          userPinSet: (token.flags & TokenFlag.USER_PIN_INITIALIZED) !== 0,
        })),
    );
  }

  /** Initialises a token in the free slot and gives it both its PINs. */
  makeToken(configurationFile: string, label: string, soPin: string, pin: string): void {
    this.#initialised(configurationFile, () => {
      const free = this.#slots().find((slot) => !isInitialised(slot.getToken()));
      if (free === undefined) {
        throw new Error('SoftHSM offers no free slot');
      }
      initialiseToken(this.#module.lib, free.handle, { soPin, label });
      initialiseUserPin(this.#module.lib, free.handle, { soPin, userPin: pin });
    });
  }

  /** Tells whether `pin` opens the token as its user. */
  acceptsPin(configurationFile: string, label: string, pin: string): boolean {
    return this.#withSession(configurationFile, label, (session) => {
      try {
        session.login(pin, UserType.USER);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === CKR_PIN_INCORRECT) {
          return false;
        }
        throw error;
      }
      session.logout();
      return true;
    });
  }

  #withSession<T>(configurationFile: string, label: string, work: (session: Session) => T): T {
    return this.#initialised(configurationFile, () => {
      const slot = this.#slots().find((candidate) => {
        const token = candidate.getToken();
        return isInitialised(token) && token.label === label;
      });
      if (slot === undefined) {
        throw new Error(`SoftHSM does not show the token ${label}`);
      }
      const session = slot.open(SessionFlag.RW_SESSION | SessionFlag.SERIAL_SESSION);
      try {
        return work(session);
      } finally {
        session.close();
      }
    });
  }

  #initialised<T>(configurationFile: string, work: () => T): T {
    process.env.SOFTHSM2_CONF = configurationFile;
    this.#module.initialize({ flags: CKF_OS_LOCKING_OK });
    try {
      return work();
    } finally {
      this.#module.finalize();
    }
  }

  #slots(): Slot[] {
    const slots = this.#module.getSlots(true);
    return Array.from({ length: slots.length }, (_, index) => slots.items(index));
  }
}

function isInitialised(token: Token): boolean {
  return (token.flags & TokenFlag.TOKEN_INITIALIZED) !== 0;
}
