import type { KMSClient } from '@aws-sdk/client-kms';

/** What the SDK hands to its HTTP handler; only what is needed to write it down. */
interface SignedHttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export type Command = Parameters<KMSClient['send']>[0];

/**
 * The very octets that the AWS SDK would send for these commands, signed now: good for five minutes,
 * as often as one likes. Signing costs the client more than serving costs the server, so it is done
 * before anything is measured.
 */
export async function signedRequests(
  client: KMSClient,
  commands: readonly Command[],
): Promise<Buffer[]> {
  let sent: SignedHttpRequest | undefined;
  const signer = () => {
    // Below the signature and above the connection: takes the request, and answers in its stead.
    client.middlewareStack.add(
      () => async (args) => {
        sent = args.request as SignedHttpRequest;
        return { response: undefined, output: { $metadata: {} } };
      },
      { step: 'deserialize', priority: 'high', name: 'takeSignedRequest' },
    );
  };
  signer();
  const requests: Buffer[] = [];
  try {
    for (const command of commands) {
      sent = undefined;
      await client.send(command);
      if (!sent) throw new Error('the SDK sent nothing');
      requests.push(octets(sent));
    }
  } finally {
    client.middlewareStack.remove('takeSignedRequest');
  }
  return requests;
}

function octets({ method, path, headers, body = '' }: SignedHttpRequest): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}connection: keep-alive\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}
