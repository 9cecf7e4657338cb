/** Principals kept ready, each until something changes that it was read from. */
import { LRUCache } from 'lru-cache';
import type { Principal } from '../../../authz/model.js';
import { EVERYTHING } from '../../../db/changes.js';
import type { Lease } from '../../../db/memory-lease.js';
import { readIamRef } from './change-refs.js';

/** A session of a role is one of them. */
const MAX_PRINCIPALS = 20_000;

interface Ready {
  readonly principal: Principal;
  /** The count of changes before it was read. */
  readonly readAt: number;
}

export class ReadyPrincipals {
  readonly #lease: Lease;
  readonly #ready = new LRUCache<string, Ready>({
    max: MAX_PRINCIPALS,
    dispose: ({ principal }, ref) => this.#unlist(principal, ref),
  });
  /** The names by which each user or role, with its sessions, is kept; by unique id. */
  readonly #names = new Map<string, Set<string>>();
  /** Counts changes: what was read before one that concerns it isn't used after it. */
  #changes = 0;
  #everybodyChanged = 0;
  /** By account: the last change of anything, and the last that concerns all of its principals. */
  readonly #changed = new Map<string, number>();
  readonly #allChanged = new Map<string, number>();

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  /**
   * Without a promise when it is kept and unchanged. While the lease isn't held it is read anew.
   * @param name a user's or role's unique id, or a session's access key id
   */
  get(
    name: string,
    read: () => Promise<Principal | undefined>,
  ): Principal | undefined | Promise<Principal | undefined> {
    if (!this.#lease.held) return read();
    const ready = this.#ready.get(name);
    if (ready && this.#isCurrent(ready)) return ready.principal;
    const readAt = this.#changes;
    return read().then((principal) => {
      // What changed while it was read may be missing in it.
      if (
        principal &&
        readAt >= (this.#changed.get(principal.accountId) ?? this.#everybodyChanged)
      ) {
        this.#keep(name, { principal, readAt });
      }
      return principal;
    });
  }

  /** @param ref see change-refs.ts */
  forget(ref: string): void {
    this.#changes += 1;
    if (ref === EVERYTHING) {
      this.#everybodyChanged = this.#changes;
      this.#changed.clear();
      this.#allChanged.clear();
      this.#ready.clear();
      return;
    }
    const { accountId, uniqueId, concerns } = readIamRef(ref);
    if (concerns === 'nobody') return;
    this.#changed.set(accountId, this.#changes);
    if (concerns === 'account') this.#allChanged.set(accountId, this.#changes);
    for (const name of [...(this.#names.get(uniqueId) ?? [])]) this.#ready.delete(name);
  }

  #isCurrent({ principal, readAt }: Ready): boolean {
    return readAt >= (this.#allChanged.get(principal.accountId) ?? this.#everybodyChanged);
  }

  #keep(name: string, ready: Ready): void {
    this.#ready.set(name, ready);
    const { uniqueId } = ready.principal;
    this.#names.set(uniqueId, (this.#names.get(uniqueId) ?? new Set()).add(name));
  }

  #unlist({ uniqueId }: Principal, name: string): void {
    const names = this.#names.get(uniqueId);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(uniqueId);
  }
}
