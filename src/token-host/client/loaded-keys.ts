/**
 * The wrapped keys that the present host has unwrapped, the longest unused first. Bounded: a token has
 * room for so many objects.
 */
export class LoadedKeys {
  readonly #ids = new Set<string>();
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether one more may be loaded. */
  get hasRoom(): boolean {
    return this.#ids.size < this.#limit;
  }

  /** A key is being loaded, or used. */
  touch(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
  }

  forget(id: string): void {
    this.#ids.delete(id);
  }

  /** The one to be given up for another: the longest unused of those that nobody waits for. */
  victim(isWanted: (id: string) => boolean): string | undefined {
    for (const id of this.#ids) if (!isWanted(id)) return id;
    return undefined;
  }

  /** The token has no room for more than there are. */
  isFull(): void {
    this.#limit = Math.max(1, this.#ids.size);
  }

  /** The host is another one. */
  clear(): void {
    this.#ids.clear();
  }
}
