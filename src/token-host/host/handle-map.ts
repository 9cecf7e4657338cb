import type { KeyClass, ObjectRow } from '../protocol/key-objects.js';
import type { ObjectEntry, ObjectsChange } from './thread-messages.js';

/** Which handle an object has now. Read once from the token, then kept by what the management thread reports. */
export class HandleMap {
  readonly #entries = new Map<string, ObjectEntry[]>();

  /** Takes in what the management thread reported. */
  apply({ reset, removed, added }: ObjectsChange): void {
    if (reset) this.#entries.clear();
    for (const ckaId of removed) this.#entries.delete(ckaId);
    for (const entry of added) {
      const entries = this.#entries.get(entry.ckaId);
      if (entries === undefined) this.#entries.set(entry.ckaId, [entry]);
      else entries.push(entry);
    }
  }

  /**
   * The handle of the one object of this class with this CKA_ID. Undefined when there is none, and
   * when there are several: which of two keys to use is not ours to guess.
   */
  find(ckaId: string, objectClass: KeyClass): bigint | undefined {
    const entries = this.#entries.get(ckaId) ?? [];
    const matching = entries.filter((entry) => entry.objectClass === objectClass);
    return matching.length === 1 ? matching[0]?.handle : undefined;
  }
}

/** The entries as they cross the socket, in pieces of at most `size`; at least one piece. */
export function objectRows(entries: readonly ObjectEntry[], size: number): ObjectRow[][] {
  const pieces: ObjectRow[][] = [[]];
  for (const { ckaId, label, objectClass, keyType } of entries) {
    let piece = pieces.at(-1);
    if (piece === undefined || piece.length >= size) {
      piece = [];
      pieces.push(piece);
    }
    piece.push([ckaId, label, objectClass, keyType]);
  }
  return pieces;
}
