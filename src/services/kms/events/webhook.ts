/** A configured receiver of events: HTTP POST, signed, at least once. */

import { createHmac } from 'node:crypto';
import type { WallClock } from '../../../kernel/time.js';
import type { EventBridgeEvent } from './event-bridge.js';

const TIMEOUT_MS = 10_000;

export interface WebhookOptions {
  readonly name: string;
  readonly url: string;
  /** Signs every delivery. */
  readonly secret: Buffer;
  readonly wallClock: WallClock;
}

export class Webhook {
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /**
   * Sends one event. Redirects aren't followed: they could lead to where no event may go.
   * @returns undefined when the receiver answered with a status of 200 to 299, else what failed
   */
  async deliver(event: EventBridgeEvent): Promise<string | undefined> {
    const { url, secret, wallClock } = this.#options;
    const body = JSON.stringify(event);
    const at = Math.floor(wallClock() / 1000);
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'strongroom',
          'X-Strongroom-Event-Id': event.id,
          'X-Strongroom-Signature': `t=${at},v1=${signature(secret, at, body)}`,
        },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.ok ? undefined : `status ${response.status}`;
    } catch (error) {
      return error instanceof Error ? (errorCode(error) ?? error.name) : 'unknown failure';
    }
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
