import type { ObjectInfo, ObjectRow } from '../protocol/key-objects.js';

/** The objects of the token as the host last reported them, by CKA_ID. */
export class ObjectMap {
  readonly #objects = new Map<string, ObjectInfo>();

  /** One object for each CKA_ID: of a key pair, the private key. */
  get view(): ReadonlyMap<string, ObjectInfo> {
    return this.#objects;
  }

  /** Takes in a report: `reset` forgets all, `removed` some, then `added` come in. */
  apply(reset: boolean, removed: readonly string[], added: readonly ObjectRow[]): void {
    if (reset) this.#objects.clear();
    for (const ckaId of removed) this.#objects.delete(ckaId);
    for (const [ckaId, label, objectClass, keyType] of added) {
      if (objectClass === 'public' && this.#objects.has(ckaId)) continue;
      this.#objects.set(ckaId, { label, objectClass, keyType });
    }
  }
}
