import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { REGION, type Strongroom } from '../strongroom.js';

export interface SignedRequest {
  readonly method: string;
  /** Percent-encoded, without a query. */
  readonly path: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Sends whatever it is told to, signed with AWS's own signer. */
export class SignedHttp {
  readonly #endpoint: URL;
  readonly #signer: SignatureV4;

  private constructor(endpoint: string, signer: SignatureV4) {
    this.#endpoint = new URL(endpoint);
    this.#signer = signer;
  }

  /** @param by whoever signs; the root user otherwise */
  static async to(
    strongroom: Strongroom,
    region = REGION,
    by?: { readonly accessKeyId: string; readonly secretAccessKey: string },
  ): Promise<SignedHttp> {
    const credentials = by ?? (await strongroom.credentials());
    const signing = { service: 'kms', region, credentials, sha256: Sha256 };
    return new SignedHttp(strongroom.endpoint, new SignatureV4(signing));
  }

  async send({ method, path, query = {}, headers = {}, body }: SignedRequest): Promise<Response> {
    const { hostname, port, protocol, host } = this.#endpoint;
    const signed = await this.#signer.sign({
      ...{ method, path, query, protocol, hostname, port: Number(port) },
      headers: { ...headers, host },
      ...(body !== undefined && { body }),
    });
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
    );
    const search = pairs.length > 0 ? `?${pairs.join('&')}` : '';
    return await fetch(new URL(path + search, this.#endpoint), {
      method,
      headers: signed.headers,
      ...(body !== undefined && { body }),
    });
  }
}
