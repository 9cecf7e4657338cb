/**
 * Where a list goes on. A token is good for a quarter of an hour, and for the same question alone: what
 * it was made for stands in it. It is no secret, and nothing is decided by it.
 * Source: Resource Groups Tagging API Reference, GetResources.
 */
import { createHash } from 'node:crypto';
import { invalidParameter, tokenExpired } from './errors.js';

const LIFETIME_MS = 15 * 60_000;
const FORM = /^tags:([0-9]{1,15}):([0-9a-f]{16}):(.*)$/s;

/**
 * @param question the members that the list depends on
 * @param position after what the next page begins
 * @param now epoch milliseconds
 */
export function tokenOf(question: object, position: string, now: number): string {
  return encoded(`tags:${now}:${digestOf(question)}:${position}`);
}

/**
 * @returns the position; undefined for the first page
 * @throws ServiceError InvalidParameterException, PaginationTokenExpiredException
 */
export function positionIn(
  token: string | undefined,
  question: object,
  now: number,
): string | undefined {
  // AWS's own clients send it empty.
  if (token === undefined || token === '') return undefined;
  const text = Buffer.from(token, 'base64').toString('utf8');
  const [, issued = '', digest, position] = FORM.exec(text) ?? [];
  if (position === undefined || encoded(text) !== token || digest !== digestOf(question)) {
    throw invalidParameter('The pagination token is invalid.');
  }
  if (now - Number(issued) > LIFETIME_MS) throw tokenExpired();
  return position;
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function digestOf(question: object): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 16);
}
