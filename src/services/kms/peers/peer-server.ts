/** Calls of other servers: taken, performed and answered, each under its sender's and our signature. */

import { isAway } from '../../../db/database.js';
import { unavailable } from '../../../kernel/common-errors.js';
import { ServiceError } from '../../../kernel/service-error.js';
import { type Deadline, MINUTE_MS, type WallClock } from '../../../kernel/time.js';
import type { Log } from '../../../observe/log.js';
import { kmsError } from '../errors.js';
import { wordFact } from '../wording.js';
import { claimedSender, MessageError, type Messages } from './messages.js';
import type { Outcome } from './peer-client.js';
import type { Peer } from './peer-config.js';
import type { PeerReplicas } from './peer-replicas.js';
import { readRelatedState, readRemovedReplica } from './related-state.js';
import type { TransportKey } from './transport-key.js';

const TIMEOUT_MS = 8000;

export interface PeerServerPorts {
  readonly peers: ReadonlyMap<string, Peer>;
  readonly messages: Messages;
  readonly transportKey: Pick<TransportKey, 'publicKey'>;
  readonly replicas: PeerReplicas;
  readonly wallClock: WallClock;
  readonly log: Log;
}

export class PeerServer {
  readonly #ports: PeerServerPorts;
  #refused = 0;
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: PeerServerPorts) {
    this.#ports = ports;
  }

  /**
   * @returns the signed answer; undefined for what no peer signed for this server just now
   * @throws CommonError ServiceUnavailableException while it can't be told whether it was taken before
   */
  async handle(text: string): Promise<string | undefined> {
    const { messages, peers } = this.#ports;
    try {
      const { from, message } = await messages.take(text, peers.values());
      const body = await this.#outcome(from, message.method, message.body);
      const answer = { method: message.method, answers: message.id, body };
      return (await messages.sign(from.publicKeyText, answer)).text;
    } catch (error) {
      if (isAway(error)) throw unavailable({ cause: error });
      if (!(error instanceof MessageError)) throw error;
      this.#noteRefusal(error.message);
      return undefined;
    }
  }

  /** Whether a message that begins so says that it is of a peer. */
  namesPeer(head: string): boolean {
    try {
      claimedSender(head, this.#ports.peers.values());
      return true;
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#noteRefusal(error.message);
      return false;
    }
  }

  /** One line a minute, with how many there were: anybody can send as many as the network carries. */
  #noteRefusal(reason: string): void {
    const now = this.#ports.wallClock();
    this.#refused += 1;
    if (Math.abs(now - this.#notedAt) < MINUTE_MS) return;
    this.#ports.log.warn(
      { reason, messages: this.#refused },
      'messages that pretend to be of a peer were refused',
    );
    this.#notedAt = now;
    this.#refused = 0;
  }

  async #outcome(from: Peer, method: string, body: unknown): Promise<Outcome> {
    const { log, wallClock } = this.#ports;
    try {
      return { ok: await this.#perform(from, method, body, wallClock() + TIMEOUT_MS) };
    } catch (thrown) {
      const error = isAway(thrown) ? unavailable({ cause: thrown }) : wordFact(thrown);
      if (error instanceof ServiceError) {
        return { error: { code: error.code, message: error.message } };
      }
      log.error({ err: error, peer: from.region, method }, "a peer's call failed");
      return { error: { code: 'KMSInternalException', message: 'The peer failed.' } };
    }
  }

  async #perform(from: Peer, method: string, body: unknown, deadline: Deadline): Promise<unknown> {
    const { transportKey, replicas } = this.#ports;
    switch (method) {
      case 'transport-key': {
        const { publicKey, hash } = await transportKey.publicKey(deadline);
        return { publicKey: publicKey.toString('base64'), hash };
      }
      case 'put-related': {
        const { createdAt, policy } = await replicas.put(from, readRelatedState(body), deadline);
        return { createdAt: createdAt.getTime(), policy };
      }
      case 'replica-removed':
        await replicas.removed(from, readRemovedReplica(body));
        return {};
      default:
        throw kmsError('UnknownOperationException');
    }
  }
}
