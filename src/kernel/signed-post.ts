/** How this server tells others by HTTP: JSON that is signed with a secret that both know. */
import { createHmac } from 'node:crypto';

const TIMEOUT_MS = 10_000;

export interface SignedPost {
  readonly url: string;
  readonly secret: Buffer;
  /** JSON. */
  readonly body: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Beside those that every post has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly stop?: AbortSignal;
}

/**
 * Posts. Redirects aren't followed: they could lead to where nothing of this may go.
 * @returns undefined when the receiver answered with a status of 200 to 299, else what failed
 */
export async function signedPost(post: SignedPost): Promise<string | undefined> {
  const { url, secret, body, now, headers, stop } = post;
  const at = Math.floor(now / 1000);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'strongroom',
        ...headers,
        'X-Strongroom-Signature': `t=${at},v1=${signature(secret, at, body)}`,
      },
      body,
      signal: stop ? AbortSignal.any([stop, timeout]) : timeout,
    });
    await response.body?.cancel();
    return response.ok ? undefined : `status ${response.status}`;
  } catch (error) {
    return error instanceof Error ? (errorCode(error) ?? error.name) : 'unknown failure';
  }
}

/** HMAC-SHA-256, in hex, over the time, a dot and the body: an old delivery can't be sent again. */
export function signature(secret: Buffer, epochSeconds: number, body: string): string {
  return createHmac('sha256', secret).update(`${epochSeconds}.${body}`).digest('hex');
}

function errorCode({ cause }: Error): string | undefined {
  return typeof cause === 'object' && cause !== null && 'code' in cause
    ? String(cause.code)
    : undefined;
}
