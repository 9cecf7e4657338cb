import { randomInt } from 'node:crypto';
import { readFileIfPresent } from './durable-file.js';
import { TokenSetupRefusal } from './refusal.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The longest PIN that AWS KMS takes as a custom key store's KeyStorePassword (7 to 32). */
const PIN_LENGTH = 32;
const KEY_STORE_PASSWORD = /^[A-Za-z0-9]{7,32}$/;

/** A random PIN of 32 letters and digits: 190 bits. */
export function randomPin(): string {
  return Array.from({ length: PIN_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/**
 * The PIN that a file holds, a newline at its end set aside; undefined when there is no file.
 * @throws {TokenSetupRefusal} when what it holds can't be a KeyStorePassword.
 */
export function readPin(file: string): string | undefined {
  const pin = readFileIfPresent(file)?.replace(/\r?\n$/, '');
  if (pin !== undefined && !KEY_STORE_PASSWORD.test(pin)) {
    throw new TokenSetupRefusal(`${file} does not hold a PIN of 7 to 32 letters and digits.`);
  }
  return pin;
}
