import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AgeError, decryptAge, encryptAge } from '../../src/crypto/age.js';

const PASSPHRASE = Buffer.from('correct horse battery staple');
const CHUNK = 65_536;
/** Quick: how dear a guess is makes no difference here. */
const LOG_N = 10;
/** `attack at dawn` to that passphrase by another implementation, made of the specification with node:crypto. */
const FOREIGN = Buffer.from(
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBRa29LU2YzMVduTkF4Yis1WnRrZ1B3IDEwCjBwbWRHTkw2NmF6clU4enpvTTI2bHo4dHV1UVFobjZuZUNDVEpDdW9ZdUkKLS0tIHhKeWpBTXFiVmV5N2VGOWtQUzc2MVdPN0oxL0l3RFhNbFhGalhvVTlzS3cKVTHzczODrOcLUfD7zWRGqVuoZ0hW4Gvc++Y11gU1VjnZNswMEmZ/yTYIsU3cSw==',
  'base64',
);

async function* piecesOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

const encrypt = (plaintext: Buffer, pieceBytes = 10_000) =>
  gathered(encryptAge(piecesOf(plaintext, pieceBytes), PASSPHRASE, LOG_N));
const decrypt = (file: Buffer, passphrase = PASSPHRASE, pieceBytes = 7777) =>
  gathered(decryptAge(piecesOf(file, pieceBytes), passphrase));

it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])(
  'gives back %i octets, whatever their pieces',
  async (length) => {
    const plaintext = randomBytes(length);
    const file = await encrypt(plaintext);
    expect((await decrypt(file)).equals(plaintext)).toBe(true);
    expect((await decrypt(file, PASSPHRASE, 1_000_000)).equals(plaintext)).toBe(true);
  },
);

it('opens what another implementation has made', async () => {
  expect((await decrypt(FOREIGN, PASSPHRASE, 1)).toString()).toBe('attack at dawn');
});

describe('refuses', () => {
  const HEADER_END = /\n--- [^\n]+\n/;
  const endOfHeader = (file: Buffer) => {
    const match = HEADER_END.exec(file.toString('latin1'));
    return (match?.index ?? 0) + (match?.[0].length ?? 0);
  };
  const flip = (file: Buffer, at: number) => {
    const altered = Buffer.from(file);
    altered.writeUInt8((altered[at] ?? 0) ^ 1, at);
    return altered;
  };

  it.each<readonly [string, (file: Buffer) => Buffer]>([
    ['an altered nonce', (file) => flip(file, endOfHeader(file))],
    ['an altered first chunk', (file) => flip(file, endOfHeader(file) + 100)],
    ['an altered last octet', (file) => flip(file, file.length - 1)],
    ['a file without its last octet', (file) => file.subarray(0, -1)],
    [
      'a file cut between two chunks',
      (file) => file.subarray(0, endOfHeader(file) + 16 + CHUNK + 16),
    ],
    ['a header alone', (file) => file.subarray(0, endOfHeader(file))],
    ['something behind the end', (file) => Buffer.concat([file, Buffer.from('x')])],
    ['a header with another MAC', (file) => flip(file, endOfHeader(file) - 10)],
    [
      'more work than is reasonable',
      (file) => Buffer.from(file.toString('latin1').replace(` ${LOG_N}\n`, ' 30\n'), 'latin1'),
    ],
    ['no age file', () => Buffer.from('x'.repeat(5000))],
    ['nothing', () => Buffer.alloc(0)],
  ])('%s', async (_what, alter) => {
    const file = await encrypt(randomBytes(CHUNK + 10));
    await expect(decrypt(alter(file))).rejects.toThrow(AgeError);
  });

  it('another passphrase, and says so', async () => {
    const file = await encrypt(Buffer.from('x'));
    await expect(decrypt(file, Buffer.from('another one'))).rejects.toThrow(/passphrase/);
  });
});
