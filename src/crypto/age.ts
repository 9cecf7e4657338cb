/**
 * The age format, version 1, to a passphrase (C2SP age specification): what `age --decrypt` opens, too. A
 * file that was cut, or altered anywhere, gives an error before what is false in it is handed out.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';

const INTRO = 'age-encryption.org/v1';
const SCRYPT_LABEL = 'age-encryption.org/v1/scrypt';
const SALT_BYTES = 16;
const FILE_KEY_BYTES = 16;
const NONCE_BYTES = 16;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const CHUNK_BYTES = 65_536;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
/** As age's own: about a second, and 256 MiB of memory. */
const LOG_N = 18;
/** What a file may ask of its reader: four times that. */
const MAX_LOG_N = 20;
const SCRYPT_R = 8;
const MAX_HEADER_BYTES = 1024;
const CIPHER = 'chacha20-poly1305';

const HEADER =
  /^age-encryption\.org\/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n---( ([A-Za-z0-9+/]{43})\n)/;

/** It is no such file, or not whole, or the passphrase is another. The message is for the operator. */
export class AgeError extends Error {
  override readonly name = 'AgeError';
}

/**
 * @param plaintext in pieces of any size; never more than two chunks of 64 KiB are held
 * @param logN how much work a guess of the passphrase is: the logarithm to base 2 of scrypt's cost
 */
export async function* encryptAge(
  plaintext: AsyncIterable<Uint8Array>,
  passphrase: Buffer,
  logN = LOG_N,
): AsyncGenerator<Buffer> {
  const fileKey = randomBytes(FILE_KEY_BYTES);
  const salt = randomBytes(SALT_BYTES);
  const wrapped = seal(await derived(passphrase, salt, logN), Buffer.alloc(12), fileKey);
  const header = `${INTRO}\n-> scrypt ${text(salt)} ${logN}\n${text(wrapped)}\n---`;
  const nonce = randomBytes(NONCE_BYTES);
  yield Buffer.from(`${header} ${text(macOf(fileKey, header))}\n`);
  yield nonce;
  const key = expanded(fileKey, nonce, 'payload');
  for await (const { bytes, counter, last } of chunks(plaintext, CHUNK_BYTES)) {
    yield seal(key, chunkNonce(counter, last), bytes);
  }
}

/**
 * @param ciphertext in pieces of any size
 * @throws AgeError; what was handed out before is then the beginning of what was encrypted, and not all
 */
export async function* decryptAge(
  ciphertext: AsyncIterable<Uint8Array>,
  passphrase: Buffer,
): AsyncGenerator<Buffer> {
  const pieces = ciphertext[Symbol.asyncIterator]();
  let read = Buffer.alloc(0);
  let header: RegExpExecArray | null = null;
  while (!header || read.length < header[0].length + NONCE_BYTES) {
    const { done, value } = await pieces.next();
    if (done || (!header && read.length > MAX_HEADER_BYTES)) {
      throw new AgeError('it is not encrypted to a passphrase in the age format');
    }
    read = Buffer.concat([read, value]);
    header ??= HEADER.exec(read.subarray(0, MAX_HEADER_BYTES).toString('latin1'));
  }
  const fileKey = await fileKeyOf(header, passphrase);
  const start = header[0].length + NONCE_BYTES;
  const key = expanded(fileKey, read.subarray(header[0].length, start), 'payload');
  const rest = async function* () {
    yield read.subarray(start);
    yield* { [Symbol.asyncIterator]: () => pieces };
  };
  for await (const { bytes, counter, last } of chunks(rest(), SEALED_CHUNK_BYTES)) {
    const opened = open(key, chunkNonce(counter, last), bytes);
    if (!opened || (opened.length === 0 && counter > 0n)) {
      throw new AgeError('it is damaged, or was cut');
    }
    yield opened;
  }
}

async function fileKeyOf(header: RegExpExecArray, passphrase: Buffer): Promise<Buffer> {
  const [whole, salt = '', logN = '', wrapped = '', macLine = '', mac = ''] = header;
  if (Number(logN) > MAX_LOG_N) throw new AgeError('it asks for too much work of its reader');
  const wrapping = await derived(passphrase, Buffer.from(salt, 'base64'), Number(logN));
  const fileKey = open(wrapping, Buffer.alloc(12), Buffer.from(wrapped, 'base64'));
  if (fileKey?.length !== FILE_KEY_BYTES) throw new AgeError('the passphrase is not the right one');
  const expected = macOf(fileKey, whole.slice(0, -macLine.length));
  if (!timingSafeEqual(expected, Buffer.from(mac, 'base64'))) {
    throw new AgeError('its header is damaged');
  }
  return fileKey;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly counter: bigint;
  readonly last: boolean;
}

/** Pieces of this size, the last of which may be shorter, or empty where it is the only one. */
async function* chunks(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Chunk> {
  let waiting: Buffer[] = [];
  let length = 0;
  let counter = 0n;
  for await (const piece of pieces) {
    waiting.push(Buffer.from(piece));
    length += piece.length;
    if (length <= size) continue;
    let whole = Buffer.concat(waiting);
    // One that is full may be the last, which only what follows tells.
    for (; whole.length > size; whole = whole.subarray(size)) {
      yield { bytes: whole.subarray(0, size), counter, last: false };
      counter += 1n;
    }
    waiting = [whole];
    length = whole.length;
  }
  yield { bytes: Buffer.concat(waiting), counter, last: true };
}

function chunkNonce(counter: bigint, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(counter, 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function seal(key: Buffer, nonce: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // node:crypto has one error for a tag that doesn't match, and no other at this point.
    plaintext.fill(0);
    return undefined;
  }
  return plaintext;
}

function derived(passphrase: Buffer, salt: Buffer, logN: number): Promise<Buffer> {
  const N = 2 ** logN;
  const options = { N, r: SCRYPT_R, p: 1, maxmem: 2 * 128 * N * SCRYPT_R };
  const labelled = Buffer.concat([Buffer.from(SCRYPT_LABEL), salt]);
  return new Promise((resolve, reject) => {
    scrypt(passphrase, labelled, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function expanded(fileKey: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, salt, info, KEY_BYTES));
}

function macOf(fileKey: Buffer, header: string): Buffer {
  return createHmac('sha256', expanded(fileKey, Buffer.alloc(0), 'header'))
    .update(header)
    .digest();
}

/** Base64 without padding. */
function text(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
