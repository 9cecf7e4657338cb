/**
 * Where a lookup goes on, for the same question of the same account in the same Region alone. It names a
 * place of this server's own trail, so that it is good as long as the server runs, and for no other.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TrailPlace } from '../../audit/lookup/trail-lookup.js';
import { refused } from './errors.js';

const MAC_BYTES = 32;
const FORM = /^(\d{4}-\d{2}-\d{2}) (\d{1,9}) (\d{1,16}|end)$/;

export class NextTokens {
  readonly #key: Buffer;

  /** @param key 32 random octets */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param question everything that the list depends on */
  issue({ name: { day, part }, offset }: TrailPlace, question: object): string {
    const place = `${day} ${part} ${Number.isFinite(offset) ? offset : 'end'}`;
    return Buffer.concat([this.#mac(place, question), Buffer.from(place)]).toString('base64');
  }

  /** @throws ServiceError InvalidNextTokenException */
  read(token: string, question: object): TrailPlace {
    const octets = Buffer.from(token, 'base64');
    const place = octets.subarray(MAC_BYTES).toString('latin1');
    const [, day, part, offset] = FORM.exec(place) ?? [];
    const mac = octets.subarray(0, MAC_BYTES);
    if (day === undefined || !timingSafeEqual(mac, this.#mac(place, question))) {
      throw refused('InvalidNextTokenException');
    }
    const isEnd = offset === 'end';
    return {
      name: { day, part: Number(part) },
      offset: isEnd ? Number.POSITIVE_INFINITY : Number(offset),
    };
  }

  #mac(place: string, question: object): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([place, question]))
      .digest();
  }
}
