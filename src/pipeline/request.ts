import type { Operation } from '../declare/operation.js';
import type { KmsError } from '../services/kms/errors.js';
import type { SignedRequest } from '../sigv4/signed-request.js';

/** What a face makes of an HTTP request before anybody knows who sent it. */
export interface FaceRequest {
  readonly http: SignedRequest;
  readonly sourceIp: string;
  readonly tls: { readonly version: string; readonly cipher: string } | undefined;
  /**
   * Which operation is meant; the name alone when AWS has it and this version doesn't.
   * @throws KmsError UnknownOperationException
   */
  readonly route: () => Operation;
  /**
   * The input's members as parsed JSON, still unchecked.
   * @throws KmsError SerializationException
   */
  readonly members: () => unknown;
}

/** How a call ended. Exactly one of `output` and `error` is there. */
export interface Answer {
  readonly requestId: string;
  readonly operation: Operation | undefined;
  readonly output: Record<string, unknown> | undefined;
  readonly error: KmsError | undefined;
}
