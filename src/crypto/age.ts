/**
 * The age format, version 1, to a passphrase (C2SP age specification): what `age --decrypt` opens, too. A
 * file that was cut, or altered anywhere, gives an error before what is false in it is handed out.
 */
import { Decrypter, Encrypter } from 'age-encryption';

/** As age's own: about a second, and 256 MiB of memory. */
const LOG_N = 18;

/** It is no such file, or not whole, or the passphrase is another. The message is for the operator. */
export class AgeError extends Error {
  override readonly name = 'AgeError';
}

/**
 * @param plaintext in pieces of any size; a few chunks of 64 KiB are held
 * @param logN how much work a guess of the passphrase is: the logarithm to base 2 of scrypt's cost
 */
export async function* encryptAge(
  plaintext: AsyncIterable<Uint8Array>,
  passphrase: Buffer,
  logN = LOG_N,
): AsyncGenerator<Buffer> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase.toString('utf8'));
  encrypter.setScryptWorkFactor(logN);
  yield* buffers(await encrypter.encrypt(ReadableStream.from(plaintext)));
}

/**
 * @param ciphertext in pieces of any size
 * @throws AgeError; what was handed out before is then the beginning of what was encrypted, and not all
 */
export async function* decryptAge(
  ciphertext: AsyncIterable<Uint8Array>,
  passphrase: Buffer,
): AsyncGenerator<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase.toString('utf8'));
  let fault: { readonly error: unknown } | undefined;
  const source = async function* () {
    try {
      yield* ciphertext;
    } catch (error) {
      fault = { error };
      throw error;
    }
  };
  try {
    yield* buffers(await decrypter.decrypt(ReadableStream.from(source())));
  } catch (cause) {
    if (fault) throw fault.error;
    const text = cause instanceof Error ? cause.message : String(cause);
    const wrong = /no identity matched/.test(text);
    const message = wrong
      ? 'the passphrase is not the right one'
      : `it is damaged, was cut, or is no file in the age format to a passphrase (${text})`;
    throw new AgeError(message, { cause });
  }
}

async function* buffers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, byteLength } of stream) {
    yield Buffer.from(buffer, byteOffset, byteLength);
  }
}
