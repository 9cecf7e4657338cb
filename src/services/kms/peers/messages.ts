/**
 * Signed messages between servers: compact JWS with EdDSA (RFC 7515, RFC 8037). Each names its sender
 * by key, its one receiver, a short time and a number that is taken once; an answer names the question.
 */

import { randomUUID } from 'node:crypto';
import { CompactSign, compactVerify, decodeProtectedHeader } from 'jose';
import { LRUCache } from 'lru-cache';
import type { WallClock } from '../../../kernel/time.js';
import type { PeerIdentity } from './identity.js';
import type { Peer } from './peer-config.js';
import type { PeerRepository } from './peer-repository.js';

export interface Message {
  readonly method: string;
  readonly body: unknown;
  readonly id: string;
  /** Of an answer: the question's id. */
  readonly answers?: string;
}

const MESSAGE_ID = /^[0-9a-f-]{36}$/;
/** Clocks may differ by so much, and a message may be so old. */
const MAX_AGE_MS = 60_000;
/** Since it was signed a message may be taken for so long by servers whose clocks differ so much. */
const REMEMBERED_MS = 3 * MAX_AGE_MS;
/** Numbers that are remembered; a flood of signed messages is refused rather than forgotten. */
const MAX_REMEMBERED = 100_000;

/** A message that isn't what it must be. Its text is for the log. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

export interface MessagesOptions {
  readonly identity: PeerIdentity;
  readonly wallClock: WallClock;
  /** What servers on one database have taken, lasting over their restarts. */
  readonly taken: Pick<PeerRepository, 'takeMessage'>;
}

export class Messages {
  readonly #identity: PeerIdentity;
  readonly #wallClock: WallClock;
  readonly #taken: MessagesOptions['taken'];
  /** What this process has taken: it spares the database a flood. */
  readonly #own = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS });

  constructor({ identity, wallClock, taken }: MessagesOptions) {
    this.#identity = identity;
    this.#wallClock = wallClock;
    this.#taken = taken;
  }

  /** @param to the receiver's key as it is written in `peers` */
  async sign(
    to: string,
    message: Pick<Message, 'method' | 'body' | 'answers'>,
  ): Promise<{ text: string; id: string }> {
    const id = randomUUID();
    const payload = { ...message, id, to, at: this.#wallClock() };
    const text = await new CompactSign(Buffer.from(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'EdDSA', kid: this.#identity.publicKeyText })
      .sign(this.#identity.privateKey);
    return { text, id };
  }

  /**
   * Takes a question, once among all servers on the database. @returns it with its sender
   * @throws MessageError unless one of these peers signed it for this server just now
   */
  async take(text: string, peers: Iterable<Peer>): Promise<{ from: Peer; message: Message }> {
    const { at, ...taken } = await this.#open(text, peers);
    const { id } = taken.message;
    if (this.#own.size >= MAX_REMEMBERED) throw new MessageError('too many messages');
    if (this.#own.has(id)) throw new MessageError('sent a second time');
    this.#own.set(id, true);
    const first = await this.#taken.takeMessage(id, at + REMEMBERED_MS, this.#wallClock());
    if (first) return taken;
    throw new MessageError('sent a second time');
  }

  /**
   * The answer to a question that is waited for, and so once.
   * @throws MessageError unless this peer signed it for this server just now, in answer to that question
   */
  async takeAnswer(text: string, from: Peer, question: string): Promise<Message> {
    const { message } = await this.#open(text, [from]);
    if (message.answers !== question) throw new MessageError('the answer to another question');
    return message;
  }

  async #open(text: string, peers: Iterable<Peer>) {
    const { from, payload } = await verify(text, peers);
    const { id, to, at, method, body, answers } = payload;
    if (to !== this.#identity.publicKeyText) throw new MessageError('meant for another server');
    if (typeof at !== 'number' || Math.abs(this.#wallClock() - at) > MAX_AGE_MS) {
      throw new MessageError('too old, or the clocks differ');
    }
    const named = typeof id === 'string' && MESSAGE_ID.test(id);
    if (!named || typeof method !== 'string') throw new MessageError('malformed');
    const answered = typeof answers === 'string' ? { answers } : {};
    const message: Message = { id, method, body, ...answered };
    return { from, at, message };
  }
}

/** A header has an algorithm and a key: it is measured before it is parsed, since anybody may send one. */
const MAX_HEADER = 1024;

/**
 * Which peer a message names as its sender; that isn't proven yet.
 * @param text its beginning is enough
 * @throws MessageError unless it names one
 */
export function claimedSender(text: string, peers: Iterable<Peer>): Peer {
  const headerEnds = text.indexOf('.');
  if (headerEnds < 0 || headerEnds > MAX_HEADER) throw new MessageError('not signed as it must be');
  const { kid } = headerOf(text.slice(0, headerEnds));
  const from = [...peers].find(({ publicKeyText }) => publicKeyText === kid);
  if (!from) throw new MessageError('its sender is unknown');
  return from;
}

function headerOf(protectedText: string) {
  try {
    return decodeProtectedHeader(`${protectedText}..`);
  } catch (error) {
    throw new MessageError('not signed as it must be', { cause: error });
  }
}

async function verify(text: string, peers: Iterable<Peer>) {
  const from = claimedSender(text, peers);
  try {
    const { payload } = await compactVerify(text, from.publicKey, { algorithms: ['EdDSA'] });
    return { from, payload: JSON.parse(Buffer.from(payload).toString('utf8')) };
  } catch (error) {
    throw new MessageError('not signed as it must be', { cause: error });
  }
}
