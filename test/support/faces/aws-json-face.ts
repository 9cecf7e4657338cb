import * as kms from '@aws-sdk/client-kms';
import { type Exchange, Face, Refusal, requireRequestId } from './face.js';

type AnyCommand = new (input: object) => kms.ListKeysCommand;
const commands: ReadonlyMap<string, unknown> = new Map(Object.entries(kms));

/** AWS JSON 1.1 through the real SDK. */
export class AwsJsonFace extends Face {
  readonly #client: kms.KMSClient;

  constructor(client: kms.KMSClient) {
    super();
    this.#client = client;
  }

  async exchange(operation: string, input: object): Promise<Exchange> {
    const Command = commands.get(`${operation}Command`) as AnyCommand;
    try {
      const { $metadata, ...output } = await this.#client.send(new Command(input));
      return {
        status: $metadata.httpStatusCode ?? 0,
        requestId: requireRequestId($metadata.requestId),
        output: normalized(output) as Record<string, unknown>,
        error: undefined,
      };
    } catch (error) {
      if (!(error instanceof kms.KMSServiceException)) throw error;
      const { name, message, $metadata } = error;
      const status = $metadata.httpStatusCode ?? 0;
      // The SDK's own word for an answer without a message.
      const refusal = new Refusal(name, message === 'UnknownError' ? '' : message, status);
      const requestId = requireRequestId($metadata.requestId);
      return { status, requestId, output: undefined, error: refusal };
    }
  }
}

/** Blobs as Buffers; a member that is undefined is absent. */
function normalized(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(normalized);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, normalized(member)]));
}
