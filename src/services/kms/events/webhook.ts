/** A configured receiver of events: HTTP POST, signed, at least once. */
import { signedPost } from '../../../kernel/signed-post.js';
import type { WallClock } from '../../../kernel/time.js';
import type { EventBridgeEvent } from './event-bridge.js';

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
   * Sends one event.
   * @returns undefined when the receiver answered with a status of 200 to 299, else what failed
   */
  deliver(event: EventBridgeEvent): Promise<string | undefined> {
    const { url, secret, wallClock } = this.#options;
    const headers = { 'X-Strongroom-Event-Id': event.id };
    return signedPost({ url, secret, body: JSON.stringify(event), now: wallClock(), headers });
  }
}
