import {
  ConnectionError,
  type ConnectionErrorCode,
} from '../../../../src/keystores/contract/connection-error.js';
import type { KeyStore } from '../../../../src/keystores/contract/key-store.js';
import type { MaterialMaker } from '../../../../src/keystores/contract/materials.js';
import type {
  CredentialStanding,
  StoreConnection,
} from '../../../../src/keystores/contract/store-connection.js';

/** A token's connection that opens, fails and closes when the test says so. */
export class FakeConnection implements StoreConnection {
  readonly keyStore: KeyStore;
  readonly materials: MaterialMaker;
  readonly clusterId: string;
  /** The very buffer that the connection was given. */
  pin: Buffer | undefined;
  /** The PIN's text at that moment. */
  pinText = '';
  closes = 0;
  credential: CredentialStanding = 'untried';
  readonly trouble = undefined;
  #onRefused: ((code: ConnectionErrorCode) => void) | undefined;
  #settleOpening: { resolve: () => void; reject: (error: Error) => void } | undefined;
  readonly #letClose: (() => void)[] = [];
  #closeHeld = false;

  constructor(clusterId: string) {
    this.clusterId = clusterId;
    const unused = () => Promise.reject(new Error('the connections use no key'));
    this.keyStore = { kind: 'token', holds: () => false, encrypt: unused, decrypt: unused };
    this.materials = { make: unused, abandon: unused };
  }

  async destroyed(): Promise<boolean> {
    return true;
  }

  open(pin: Buffer, onRefused: (code: ConnectionErrorCode) => void): Promise<void> {
    this.pin = pin;
    this.pinText = pin.toString();
    this.#onRefused = onRefused;
    return new Promise((resolve, reject) => {
      this.#settleOpening = { resolve, reject };
    });
  }

  close(): Promise<void> {
    this.closes += 1;
    if (!this.#closeHeld) return Promise.resolve();
    return new Promise((resolve) => {
      this.#letClose.push(resolve);
    });
  }

  succeed(): void {
    this.credential = 'good';
    this.#settleOpening?.resolve();
  }

  /** @param credential what has become known of it */
  fail(error: Error, credential?: CredentialStanding): void {
    this.credential = credential ?? (isWrong(error) ? 'refused' : 'untried');
    this.#settleOpening?.reject(error);
  }

  /** The token refuses the PIN in a later login. */
  refuse(code: ConnectionErrorCode): void {
    if (code === 'INVALID_CREDENTIALS') this.credential = 'refused';
    this.#onRefused?.(code);
  }

  holdClose(): void {
    this.#closeHeld = true;
  }

  letClose(): void {
    this.#closeHeld = false;
    for (const resolve of this.#letClose.splice(0)) resolve();
  }
}

const isWrong = (error: Error) =>
  error instanceof ConnectionError && error.code === 'INVALID_CREDENTIALS';
