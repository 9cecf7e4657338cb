import type { KeyClass, ObjectInfo, ObjectRow } from '../protocol/key-objects.js';

interface Entry extends ObjectInfo {
  readonly handle: Buffer;
  /** The listing that it was found in, or after which it was made. */
  listing: number;
}

/** What is known of a key's handle: it, that there is none, that there are several, or nothing. */
export type KnownHandle = Buffer | 'none' | 'several' | 'unknown';

/** The number of a login that no host has: before the first listing there are no handles. */
const NO_LOGIN = -1;

/**
 * The objects of the token by CKA_ID, with the handles they have in the present host. Read in pages
 * after each login; until the last page has come, what is not in it may be in the token all the same.
 */
export class ObjectMap {
  readonly #entries = new Map<string, Entry[]>();
  #login = NO_LOGIN;
  #listing = 0;
  #complete = false;
  #everComplete = false;
  #onListed = () => {};
  /** Settles at the end of the first listing. */
  readonly listed = new Promise<void>((resolve) => {
    this.#onListed = resolve;
  });

  /** One object for each CKA_ID: of a key pair, the private key. */
  view(): ReadonlyMap<string, ObjectInfo> {
    const view = new Map<string, ObjectInfo>();
    for (const [ckaId, entries] of this.#entries) {
      const entry = entries.find(({ objectClass }) => objectClass !== 'public') ?? entries[0];
      if (entry === undefined) continue;
      const { label, objectClass, keyType } = entry;
      view.set(ckaId, { label, objectClass, keyType });
    }
    return view;
  }

  /** How many CKA_IDs there are; undefined before the token was first read to its end. */
  get count(): number | undefined {
    return this.#everComplete ? this.#entries.size : undefined;
  }

  /**
   * Whether the token has one key with this CKA_ID: of two, neither can be used. Undefined before the
   * token was first read to its end.
   */
  has(ckaId: string): boolean | undefined {
    const keys = (this.#entries.get(ckaId) ?? []).filter((entry) => entry.objectClass !== 'public');
    if (keys.length === 0) return this.#everComplete ? false : undefined;
    // Those of an earlier listing are the same ones, under handles that are stale.
    const present = keys.filter(({ listing }) => listing === this.#listing);
    return present.length === 0 ? keys.length === 1 : present.length === 1;
  }

  /** CKA_IDs that more than one key has. */
  get duplicates(): readonly string[] {
    return [...this.#entries.keys()].filter((ckaId) => this.has(ckaId) === false);
  }

  /** The handle of the one object of this class with this CKA_ID. */
  handleOf(ckaId: string, objectClass: KeyClass): KnownHandle {
    const entries = this.#entries.get(ckaId)?.filter((entry) => entry.objectClass === objectClass);
    const present = entries?.filter(({ listing }) => listing === this.#listing) ?? [];
    // Which of two keys to use is not ours to guess.
    if (present.length > 1) return 'several';
    return present[0]?.handle ?? (this.#complete ? 'none' : 'unknown');
  }

  /** The login that the handles were found under. */
  get login(): number {
    return this.#login;
  }

  /** A new listing begins, under this login; the handles of before are stale. */
  beginListing(login: number = NO_LOGIN): void {
    this.#login = login;
    this.#listing += 1;
    this.#complete = false;
  }

  /** Objects that are there; those with the CKA_IDs of `removed` are forgotten first. */
  apply(removed: readonly string[], rows: readonly ObjectRow[]): void {
    for (const ckaId of removed) this.#entries.delete(ckaId);
    for (const [ckaId, label, objectClass, keyType, handle] of rows) {
      const others = (this.#entries.get(ckaId) ?? []).filter(
        (other) => other.objectClass !== objectClass || !other.handle.equals(handle),
      );
      const entry = { label, objectClass, keyType, handle: Buffer.from(handle) };
      this.#entries.set(ckaId, [...others, { ...entry, listing: this.#listing }]);
    }
  }

  /** The object is not used any more under this CKA_ID; the answer is its handle. */
  forget(ckaId: string): Buffer | undefined {
    const [entry] = this.#entries.get(ckaId) ?? [];
    this.#entries.delete(ckaId);
    return entry?.listing === this.#listing ? entry.handle : undefined;
  }

  /** The listing has come to its end: what it did not name is gone. */
  endListing(): void {
    for (const [ckaId, entries] of this.#entries) {
      const present = entries.filter(({ listing }) => listing === this.#listing);
      if (present.length === 0) this.#entries.delete(ckaId);
      else if (present.length < entries.length) this.#entries.set(ckaId, present);
    }
    this.#complete = true;
    this.#everComplete = true;
    this.#onListed();
  }
}
