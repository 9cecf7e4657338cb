/** Calls to other servers: signed, answered by their own signature, bounded in time and size. */

import { deadlinePassed } from '../../../kernel/common-errors.js';
import type { Deadline, WallClock } from '../../../kernel/time.js';
import { type ErrorCode, errorCatalogue, kmsError } from '../errors.js';
import type { Messages } from './messages.js';
import type { Peer } from './peer-config.js';

const MAX_ANSWER_BYTES = 262_144;
const MAX_WAIT_MS = 8000;

/** The answer to a call. */
export type Outcome =
  | { readonly ok: unknown }
  | { readonly error: { readonly code: string; readonly message: string } };

export interface PeerClientOptions {
  readonly messages: Messages;
  readonly wallClock: WallClock;
  /** Told how each call ended. */
  readonly called?: (region: string, outcome: 'ok' | 'refused' | 'unreachable') => void;
}

export class PeerClient {
  readonly #messages: Messages;
  readonly #wallClock: WallClock;
  readonly #called: PeerClientOptions['called'];

  constructor({ messages, wallClock, called }: PeerClientOptions) {
    this.#messages = messages;
    this.#wallClock = wallClock;
    this.#called = called;
  }

  /**
   * @throws ServiceError what the peer refused with; DependencyTimeoutException when it can't be reached
   * or didn't answer as itself; CommonError InternalFailure when the time is up before it is asked
   */
  async call(peer: Peer, method: string, body: unknown, deadline: Deadline): Promise<unknown> {
    if (deadline <= this.#wallClock()) throw deadlinePassed();
    const question = await this.#messages.sign(peer.publicKeyText, { method, body });
    const outcome = await this.#ask(peer, question, deadline).catch((error: unknown) => {
      this.#called?.(peer.region, 'unreachable');
      throw kmsError(
        'DependencyTimeoutException',
        `The server of the Region ${peer.region} could not be reached.`,
        { cause: error },
      );
    });
    this.#called?.(peer.region, 'ok' in outcome ? 'ok' : 'refused');
    if ('ok' in outcome) return outcome.ok;
    const { code, message } = outcome.error;
    const known = Object.hasOwn(errorCatalogue, code) ? (code as ErrorCode) : undefined;
    throw kmsError(known ?? 'KMSInternalException', message);
  }

  async #ask(
    peer: Peer,
    question: { readonly text: string; readonly id: string },
    deadline: Deadline,
  ): Promise<Outcome> {
    const left = Math.max(1, Math.min(MAX_WAIT_MS, deadline - this.#wallClock()));
    const response = await fetch(`${peer.url}/peer/v1`, {
      method: 'POST',
      redirect: 'error',
      headers: { 'Content-Type': 'application/jose' },
      body: question.text,
      signal: AbortSignal.timeout(left),
    });
    if (!response.ok) throw new Error(`the peer answered with status ${response.status}`);
    const text = await boundedText(response);
    return (await this.#messages.takeAnswer(text, peer, question.id)).body as Outcome;
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
