/** One custom key store's connection to its token, from the first login to the last call. */

import type { Deadline } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import type { TokenMetrics } from '../../observe/token-metrics.js';
import type { Token } from '../../token-host/client/token.js';
import {
  TokenError,
  TokenHostError,
  type TokenHostErrorKind,
} from '../../token-host/protocol/token-error.js';
import type { Wrapping } from '../../token-host/protocol/wrapped-keys.js';
import type { AdoptionOrder, AdoptsKeys } from '../contract/adoption.js';
import { ConnectionError, type ConnectionErrorCode } from '../contract/connection-error.js';
import type { MaterialOwner } from '../contract/materials.js';
import type { StoreConnection } from '../contract/store-connection.js';
import type { Invocations } from '../invocations/invocations.js';
import { adoptKey } from './adoption.js';
import { Capabilities } from './capabilities.js';
import type { ProbePace } from './probe-rounds.js';
import { Reconciler } from './reconciler.js';
import { TokenKeyStore } from './token-key-store.js';
import { TokenMaterials } from './token-materials.js';
import type { TokenObjectRepository } from './token-object-repository.js';
import { endsWithin } from './waits.js';
import { wrappingKeyOf } from './wrapping-key.js';
import type { WrappingKeyRepository } from './wrapping-key-repository.js';

/** Making and proving the wrapping key: a few calls, of which none makes a pair. */
const WRAPPING_KEY_TIMEOUT_MS = 60_000;

export interface TokenConnectionOptions {
  readonly tokenId: string;
  readonly client: Token;
  readonly objects: TokenObjectRepository;
  /** Where material that is made is kept: in the token, or in the database, wrapped by a key of it. */
  readonly residency: 'resident' | 'wrapped';
  readonly wrappingKeys: WrappingKeyRepository;
  readonly invocations: Invocations;
  readonly metrics: Pick<TokenMetrics, 'showCapabilities'>;
  readonly log: Log;
  readonly now: () => number;
  readonly pace?: ProbePace;
}

/** From the end of a connection to the end of its token's host: a probe's key is destroyed meanwhile. */
const PROBE_GRACE_MS = 1000;

/** The login to a token, with its keys and what is found out about it. */
export class TokenConnection implements StoreConnection, AdoptsKeys {
  readonly keyStore: TokenKeyStore;
  readonly materials: TokenMaterials;
  /** What the token was found to do. */
  readonly capabilities: Capabilities;
  readonly #client: Token;
  readonly #reconciler: Reconciler;
  readonly #log: Log;
  readonly #objects: TokenObjectRepository;
  readonly #tokenId: string;
  readonly #options: TokenConnectionOptions;
  #wrapping: Wrapping | undefined;
  #trouble: ConnectionErrorCode | undefined;
  readonly #now: () => number;
  readonly #unsubscribe: (() => void)[] = [];

  constructor(options: TokenConnectionOptions) {
    const { client, log } = options;
    this.#options = options;
    this.#client = client;
    this.#log = log;
    this.#objects = options.objects;
    this.#tokenId = options.tokenId;
    this.#now = options.now;
    this.#reconciler = new Reconciler(options);
    this.capabilities = new Capabilities({ ...options, reconciler: this.#reconciler });
    const { capabilities } = this;
    this.keyStore = new TokenKeyStore({ ...options, capabilities });
    this.materials = new TokenMaterials({
      ...options,
      ...{ reconciler: this.#reconciler, capabilities },
      wrapping: () => this.#wrapping,
    });
  }

  /** Starts the token's host and logs in. A later login, after the host was replaced, may be refused. */
  async open(pin: Buffer, onRefused: (code: ConnectionErrorCode) => void): Promise<void> {
    try {
      await this.#client.start(pin);
      if (this.#options.residency === 'wrapped') {
        const deadline = this.#options.now() + WRAPPING_KEY_TIMEOUT_MS;
        this.#wrapping = await wrappingKeyOf(this.#options, deadline);
        this.#client.requireOfEach?.(this.#wrapping.wrapping);
      }
    } catch (error) {
      throw connectionError(error);
    }
    this.#unsubscribe.push(
      this.#client.onStateChange((state, error) => {
        if (state === 'absent') this.#trouble = connectionError(error).code;
        if (state === 'ready') {
          this.#trouble = undefined;
          this.#reconciler.tokenIsBack();
          this.capabilities.probeAgain();
        }
        if (state === 'refused') onRefused(connectionError(error).code);
      }),
      this.#options.metrics.showCapabilities(this.#tokenId, () => this.capabilities.verdicts()),
    );
    this.#reconciler.wake();
    // Nobody waits for it but who asks for what has not been tried yet.
    void this.capabilities.probeAll();
    void this.#client
      .listed()
      .then(() => this.#reconciler.reportUnknown())
      .then(() => this.#reconciler.reportDuplicates())
      .catch((error: unknown) => {
        this.#log.error({ err: error }, 'the token could not be compared with the database');
      });
  }

  get credential() {
    return this.#client.pin;
  }

  get trouble() {
    return this.#trouble;
  }

  adopt(owner: MaterialOwner, order: AdoptionOrder, deadline: Deadline) {
    return adoptKey(owner, order, deadline, {
      ...{ tokenId: this.#tokenId, client: this.#client, objects: this.#objects },
      ...{ keyStore: this.keyStore, capabilities: this.capabilities, now: this.#options.now },
    });
  }

  async destroyed(ckaIds: readonly string[]): Promise<boolean> {
    await this.#reconciler.reconcile();
    const known = await this.#objects.known(this.#tokenId);
    return ckaIds.every((ckaId) => !known.has(ckaId));
  }

  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const probed = this.capabilities.stop();
    await endsWithin(this.#now() + PROBE_GRACE_MS, this.#now, probed);
    await this.#reconciler.stop();
    await this.#client.stop();
    await probed;
  }
}

/** AWS's ConnectionErrorCode for the ways in which a token refuses. */
const BY_RETURN_CODE: Readonly<Record<string, ConnectionErrorCode>> = {
  CKR_PIN_INCORRECT: 'INVALID_CREDENTIALS',
  CKR_PIN_INVALID: 'INVALID_CREDENTIALS',
  CKR_PIN_LEN_RANGE: 'INVALID_CREDENTIALS',
  CKR_PIN_EXPIRED: 'INVALID_CREDENTIALS',
  CKR_PIN_LOCKED: 'USER_LOCKED_OUT',
  CKR_USER_PIN_NOT_INITIALIZED: 'USER_NOT_FOUND',
  CKR_TOKEN_NOT_PRESENT: 'CLUSTER_NOT_FOUND',
  CKR_SLOT_ID_INVALID: 'CLUSTER_NOT_FOUND',
  CKR_DEVICE_ERROR: 'NETWORK_ERRORS',
  CKR_DEVICE_REMOVED: 'NETWORK_ERRORS',
};

/** The same for what is no return code; all else is a matter of the way to the token. */
const BY_KIND: Readonly<Partial<Record<TokenHostErrorKind, ConnectionErrorCode>>> = {
  unavailable: 'CLUSTER_NOT_FOUND',
  'last-try': 'USER_LOCKED_OUT',
  // Nothing that waiting mends; the log says what.
  misconfigured: 'INTERNAL_ERROR',
};

function connectionError(error: unknown): ConnectionError {
  if (error instanceof TokenError) {
    const code = BY_RETURN_CODE[error.code] ?? 'INTERNAL_ERROR';
    return new ConnectionError(code, error.action === 'refused', error);
  }
  if (error instanceof TokenHostError) {
    // A host that died while it tried the PIN may have burnt an attempt: an administrator decides.
    if (error.kind === 'login-unknown') return new ConnectionError('INTERNAL_ERROR', true, error);
    const code = BY_KIND[error.kind] ?? 'NETWORK_ERRORS';
    return new ConnectionError(code, error.kind === 'last-try', error);
  }
  return new ConnectionError('INTERNAL_ERROR', false, error);
}
