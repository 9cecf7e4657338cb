import type { KMSClient } from '@aws-sdk/client-kms';

/** What the SDK hands to its HTTP handler; only what is needed to write it down. */
interface SignedHttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Sends one command through a client. */
export type KmsCall = (client: KMSClient) => Promise<unknown>;

const INTERCEPTOR = 'takeSignedRequest';

/**
 * The very octets that the AWS SDK would send for these calls, signed now: good for five minutes,
 * as often as one likes. Signing costs the client more than serving costs the server, so it is done
 * before anything is measured.
 */
export async function signedRequests(
  client: KMSClient,
  calls: readonly KmsCall[],
): Promise<Buffer[]> {
  let sent: SignedHttpRequest | undefined;
  // Below the signature and above the connection: takes the request, and answers in its stead.
  client.middlewareStack.add(
    () => async (args) => {
      sent = args.request as SignedHttpRequest;
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: 'deserialize', priority: 'high', name: INTERCEPTOR },
  );
  const requests: Buffer[] = [];
  try {
    for (const call of calls) {
      sent = undefined;
      await call(client);
      if (!sent) throw new Error('the SDK sent nothing');
      requests.push(octets(sent));
    }
  } finally {
    client.middlewareStack.remove(INTERCEPTOR);
  }
  return requests;
}

function octets({ method, path, headers, body = '' }: SignedHttpRequest): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}connection: keep-alive\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(head, 'latin1'),
    typeof body === 'string' ? Buffer.from(body) : body,
  ]);
}
