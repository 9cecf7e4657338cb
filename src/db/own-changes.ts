/**
 * Which rows of the change feed this server wrote and has told its own listeners of: a look needn't tell
 * them again. A row is looked at once, before or after its writer knows that it is committed.
 */
export class OwnChanges {
  readonly #rows = new Map<string, 'written' | 'told'>();

  /** @param seq a row's number, in a transaction that isn't committed yet @returns it as looks have it */
  written(seq: number | string): string {
    const name = String(seq);
    this.#rows.set(name, 'written');
    return name;
  }

  /** Committed, and told; nothing to remember when a look was faster. */
  told(seq: string): void {
    if (this.#rows.has(seq)) this.#rows.set(seq, 'told');
  }

  /** Rolled back, or not known to be committed, or not told: whatever a look finds it tells. */
  undone(seq: string): void {
    this.#rows.delete(seq);
  }

  isTold(seq: string): boolean {
    return this.#rows.get(seq) === 'told';
  }

  /** A look has found it: none does again. */
  seen(seq: string): void {
    this.#rows.delete(seq);
  }

  clear(): void {
    this.#rows.clear();
  }
}
