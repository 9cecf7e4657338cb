/** A receiver of batches by HTTP: `{"Records":[…]}`, as CloudTrail's log files have it, signed. */
import { signedPost } from '../../kernel/signed-post.js';
import type { Receiver } from './receiver.js';
import type { ShippedRecord } from './unsent.js';

export interface WebhookReceiverOptions {
  readonly url: string;
  readonly secret: Buffer;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
}

export class WebhookReceiver implements Receiver {
  readonly name = 'webhook';
  readonly #options: WebhookReceiverOptions;

  constructor(options: WebhookReceiverOptions) {
    this.#options = options;
  }

  async send(records: readonly ShippedRecord[], stop: AbortSignal): Promise<void> {
    const { url, secret, now } = this.#options;
    const body = `{"Records":[${records.map(({ text }) => text.toString('utf8')).join(',')}]}`;
    const failure = await signedPost({ url, secret, body, now: now(), stop });
    if (failure !== undefined) throw new Error(failure);
  }
}
