/**
 * The one error class whose code and message may be shown to a caller. Anything else that is thrown
 * answers as the service's internal error, and its text stays in the log.
 */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
  /** A code of the service's catalogue. */
  readonly code: string;
  /** AWS answers some errors with their code alone; then this is false and `message` is empty. */
  readonly hasMessage: boolean;

  constructor(code: string, message?: string, options?: ErrorOptions) {
    super(message ?? '', options);
    this.code = code;
    this.hasMessage = message !== undefined;
  }
}

/** How an error leaves the process. */
export interface ErrorEntry {
  /** The status on AWS's own protocols. */
  readonly http: number;
  /** The status on the REST face. */
  readonly rest: number;
  /** Whether it is in the service's model, not only among the common errors. */
  readonly modeled: boolean;
  /** The `__type` on the wire where it isn't the bare code. */
  readonly wireType?: string;
  /** The member that holds the text, where it isn't `message`. */
  readonly textIn?: 'Message';
}

/** Every error that a service may answer, by code. */
export type ErrorCatalogue = Readonly<Record<string, ErrorEntry>>;
