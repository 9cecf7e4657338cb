/** The access keys that may sign requests: long-term ones from the database, temporary ones by token. */

import { randomBytes } from 'node:crypto';
import type { Principal } from '../../../authz/model.js';

import type { ChangeFeed } from '../../../db/changes.js';
import { ReadThroughCache } from '../../../db/read-through-cache.js';
import { accessKeyLocation, type Sealer } from '../../../kernel/sealing.js';
import type { Log } from '../../../observe/log.js';
import { WriteBehind } from '../../../runtime/write-behind.js';
import type { AccessKey } from '../../../sigv4/verifier.js';
import type { Principals } from '../directory/principals.js';
import { isTemporaryAccessKeyId, makeAccessKeyId, makeSecretAccessKey } from './access-key.js';
import { type AccessKeyOwner, ROOT, serviceNameOf } from './access-key-owner.js';
import type {
  AccessKeyRepository,
  AccessKeyStatus,
  AccessKeyUse,
  StoredAccessKey,
} from './access-key-repository.js';
import { noSuchAccessKey } from './access-key-repository.js';
import type { OpenedSession, SessionTokens } from './session-token.js';

const UNSEAL_TIMEOUT_MS = 10_000;
const MAX_OPEN_KEYS = 20_000;
const FLUSH_EVERY_MS = 60_000;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface OpenKey extends Credentials, AccessKeyOwner {
  readonly status: AccessKeyStatus;
}

export interface AccessKeysOptions {
  readonly repository: AccessKeyRepository;
  readonly sealer: Sealer;
  readonly principals: Principals;
  readonly sessionTokens: SessionTokens;
  readonly changes: ChangeFeed;
  /** Names of the configured service principals; another's key is no key. */
  readonly services: ReadonlySet<string>;
  readonly now: () => number;
  readonly log: Log;
}

export class AccessKeys {
  readonly #options: AccessKeysOptions;
  readonly #open: ReadThroughCache<OpenKey>;
  readonly #uses: WriteBehind<AccessKeyUse>;

  constructor(options: AccessKeysOptions) {
    const { repository, changes, log } = options;
    this.#options = options;
    this.#open = new ReadThroughCache(MAX_OPEN_KEYS, changes.lease);
    this.#uses = new WriteBehind({
      what: 'last uses of access keys',
      write: (uses) => repository.recordUses(uses),
      intervalMs: FLUSH_EVERY_MS,
      log,
    });
    changes.on('access-key', 'opened access keys', (ref) => this.#open.forget(ref));
  }

  /** For SigV4: the key and whose it is. A warm one is answered without a promise. */
  find(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): AccessKey<Principal> | undefined | Promise<AccessKey<Principal> | undefined> {
    if (isTemporaryAccessKeyId(accessKeyId)) return this.#temporary(accessKeyId, sessionToken);
    if (sessionToken !== undefined) return undefined;
    const key = this.#open.get(accessKeyId, () => this.#read(accessKeyId));
    return key instanceof Promise ? key.then((opened) => this.#owned(opened)) : this.#owned(key);
  }

  /**
   * Makes an access key; nobody can read its secret later.
   * @throws NotFound when the owner is gone; QuotaExceeded: two an owner
   */
  async create(owner: AccessKeyOwner, credentials: Credentials = makeCredentials()) {
    const stored = await this.sealed(owner, credentials);
    await this.#options.repository.insert(stored);
    return { ...stored, secretAccessKey: credentials.secretAccessKey };
  }

  /** A row for these credentials, its secret sealed. */
  async sealed(
    owner: AccessKeyOwner,
    { accessKeyId, secretAccessKey }: Credentials,
  ): Promise<StoredAccessKey> {
    const { sealer, now } = this.#options;
    const secret = Buffer.from(secretAccessKey, 'utf8');
    const location = accessKeyLocation(accessKeyId);
    const sealedSecret = await sealer.seal(secret, location, now() + UNSEAL_TIMEOUT_MS);
    secret.fill(0);
    return {
      ...owner,
      accessKeyId,
      status: 'Active',
      sealedSecret,
      createdAt: new Date(now()),
      lastUsed: undefined,
    };
  }

  list(owner: AccessKeyOwner): Promise<StoredAccessKey[]> {
    return this.#options.repository.list(owner);
  }

  /** @throws NotFound unless the key is this owner's */
  setStatus(owner: AccessKeyOwner, accessKeyId: string, status: AccessKeyStatus): Promise<void> {
    return this.#options.repository.setStatus(owner, accessKeyId, status);
  }

  /** @throws NotFound unless the key is this owner's */
  delete(owner: AccessKeyOwner, accessKeyId: string): Promise<void> {
    return this.#options.repository.delete(owner, accessKeyId);
  }

  /** Whose key, and its last use as far as this server knows. @throws NotFound */
  async describe(accessKeyId: string): Promise<StoredAccessKey> {
    const stored = await this.#options.repository.find(accessKeyId);
    if (!stored) throw noSuchAccessKey(accessKeyId);
    return this.#asUsed(stored);
  }

  /** All of the account's, in the order of their ids. */
  async ofAccount(accountId: string): Promise<StoredAccessKey[]> {
    const keys = await this.#options.repository.ofAccount(accountId);
    return keys.map((key) => this.#asUsed(key));
  }

  #asUsed(stored: StoredAccessKey): StoredAccessKey {
    return { ...stored, lastUsed: this.#uses.get(stored.accessKeyId) ?? stored.lastUsed };
  }

  /** Notes a use in memory; the database hears of it once a minute. */
  touch(accessKeyId: string, region: string, service: string): void {
    if (isTemporaryAccessKeyId(accessKeyId)) return;
    this.#uses.note(accessKeyId, { at: new Date(this.#options.now()), region, service });
  }

  /** Writes down the uses that have been noted. */
  stop(): Promise<void> {
    return this.#uses.stop();
  }

  #temporary(accessKeyId: string, sessionToken: string | undefined) {
    const { sessionTokens } = this.#options;
    const opened = sessionToken && sessionTokens.open(accessKeyId, sessionToken);
    if (!opened) return undefined;
    const { claims } = opened;
    if (!claims.via) return this.#session(accessKeyId, opened);
    const from = claims.forwardedFrom;
    // One from before this was noted ends: nobody can tell whose key it came from.
    if (from === undefined) return undefined;
    // A session has no row that could end; what it was forwarded from ends by its claims.
    if (isTemporaryAccessKeyId(from)) return this.#session(accessKeyId, opened);
    const source = this.#open.get(from, () => this.#read(from));
    return source instanceof Promise
      ? source.then((key) => this.#forwarded(accessKeyId, opened, key))
      : this.#forwarded(accessKeyId, opened, source);
  }

  /** A session that a service was given lasts as long as the caller's key is active and the caller's. */
  #forwarded(accessKeyId: string, opened: OpenedSession, source: OpenKey | undefined) {
    const { principal, accountId, uniqueId } = opened.claims;
    const owner = principal === 'root' ? ROOT : uniqueId;
    const holds =
      source?.status === 'Active' && source.accountId === accountId && source.principal === owner;
    return holds ? this.#session(accessKeyId, opened) : undefined;
  }

  #session(accessKeyId: string, { secretAccessKey, claims }: OpenedSession) {
    const { principals } = this.#options;
    const { expiresAt } = claims;
    const key = (principal: Principal | undefined): AccessKey<Principal> | undefined =>
      principal && { accessKeyId, secretAccessKey, status: 'Active', expiresAt, principal };
    const principal = principals.ofSession(accessKeyId, claims);
    return principal instanceof Promise ? principal.then(key) : key(principal);
  }

  #owned(opened: OpenKey | undefined) {
    if (!opened) return undefined;
    const { accessKeyId, secretAccessKey, status } = opened;
    const key = (principal: Principal | undefined): AccessKey<Principal> | undefined =>
      principal && { accessKeyId, secretAccessKey, status, principal };
    const principal = this.#ownerPrincipal(opened);
    return principal instanceof Promise ? principal.then(key) : key(principal);
  }

  #ownerPrincipal(owner: AccessKeyOwner) {
    const { principals, services } = this.#options;
    if (owner.principal === ROOT) return principals.root(owner.accountId);
    const name = serviceNameOf(owner);
    if (name === undefined) return principals.find(owner.principal);
    return services.has(name) ? principals.service(name) : undefined;
  }

  async #read(accessKeyId: string): Promise<OpenKey | undefined> {
    const { repository, sealer, now } = this.#options;
    const stored = await repository.find(accessKeyId);
    if (!stored) return undefined;
    const location = accessKeyLocation(accessKeyId);
    const secret = await sealer.open(stored.sealedSecret, location, now() + UNSEAL_TIMEOUT_MS);
    const secretAccessKey = secret.toString('utf8');
    secret.fill(0);
    const { accountId, principal, status } = stored;
    return { accessKeyId, secretAccessKey, status, accountId, principal };
  }
}

export function makeCredentials(): Credentials {
  return {
    accessKeyId: makeAccessKeyId(randomBytes),
    secretAccessKey: makeSecretAccessKey(randomBytes),
  };
}
