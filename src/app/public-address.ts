/** By which URL clients know the server. */
export class PublicAddress {
  #url: string | undefined;

  /** @param configured undefined: where the server listens, once it does */
  constructor(configured: string | undefined) {
    this.#url = configured;
  }

  /** Without a last slash. */
  get url(): string {
    if (this.#url === undefined) throw new Error('the server does not listen yet');
    return this.#url;
  }

  listensAt(endpoint: string): void {
    this.#url ??= endpoint;
  }
}
