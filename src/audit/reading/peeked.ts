/** A stream of batches whose next items can be looked at before they are taken. */
export class Peeked<Item> {
  readonly #source: AsyncIterator<readonly Item[]>;
  #items: Item[] = [];
  #at = 0;
  #ended = false;

  constructor(source: AsyncIterable<readonly Item[]>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next item, when it has been read already: without a wait. */
  get ready(): Item | undefined {
    return this.#items[this.#at];
  }

  /** The item behind so many others; undefined behind the last. */
  async at(index: number): Promise<Item | undefined> {
    while (this.#items.length - this.#at <= index && !this.#ended) {
      const { done, value } = await this.#source.next();
      if (done) {
        this.#ended = true;
        break;
      }
      this.#items = this.#at === 0 ? this.#items : this.#items.slice(this.#at);
      this.#at = 0;
      for (const item of value) this.#items.push(item);
    }
    return this.#items[this.#at + index];
  }

  drop(count: number): void {
    this.#at = Math.min(this.#items.length, this.#at + count);
  }
}
