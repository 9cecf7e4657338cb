/**
 * A request as it came off the wire, before anything has normalised it. Node's `IncomingMessage`
 * has these members under the same names, except that `target` is its `url` and the body has
 * been read whole.
 */
export interface SignedRequest {
  readonly method: string;
  /** The request target as received: path and optional `?query`, still percent-encoded. */
  readonly target: string;
  /** Headers by lower-case name, as the rest of the server reads them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Name, value, name, value … in order of arrival: the only form in which duplicates show. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}
