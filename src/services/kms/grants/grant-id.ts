import { randomBytes } from 'node:crypto';
import { kmsError } from '../errors.js';

const BYTES = 32;

/** 64 hexadecimal digits, never given twice. */
export function newGrantId(): string {
  return randomBytes(BYTES).toString('hex');
}

/** @throws ServiceError InvalidGrantIdException for what can't be a grant's id. */
export function checkGrantId(grantId: string): void {
  if (/^[0-9a-f]{64}$/.test(grantId)) return;
  throw kmsError('InvalidGrantIdException', `Invalid grantId '${grantId}'`);
}
