import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RefusedPin } from '../../../src/keystores/root-token/refused-pin.js';

const PIN = Buffer.from('1234-5678');

let dir: string;
let refused: RefusedPin;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'strongroom-pin-'));
  refused = new RefusedPin(dir, 'root');
});

afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a PIN that was refused', () => {
  it('is known again, by another process too, and no other is', async () => {
    expect(await refused.standing(PIN)).toBe('untried');
    await refused.remember(PIN);
    const next = new RefusedPin(dir, 'root');
    expect(await next.standing(PIN)).toBe('refused');
    for (const other of ['1234-567', '1234-5678 ', '', '1234-5679']) {
      expect(await next.standing(Buffer.from(other))).toBe('untried');
    }
    expect(await new RefusedPin(dir, 'cluster-aaaaaaaaaaa').standing(PIN)).toBe('untried');
  });

  it('gives way to the next that is refused; after a few none is tried', async () => {
    // As an earlier version left it: without an end of line.
    await refused.remember(PIN);
    await writeFile(refused.file, (await readFile(refused.file, 'utf8')).trim());
    for (const other of ['2', '3', '4']) await refused.remember(Buffer.from(other));
    expect(await refused.standing(Buffer.from('4'))).toBe('refused');
    expect(await refused.standing(PIN)).toBe('untried');
    await refused.remember(Buffer.from('5'));
    expect(await refused.standing(Buffer.from('5'))).toBe('refused');
    expect(await refused.standing(PIN)).toBe('too-many');
  });

  it('can be taken back, and only the last', async () => {
    for (const one of ['1', '2']) await refused.remember(Buffer.from(one));
    await refused.withdraw();
    expect(await refused.standing(Buffer.from('2'))).toBe('untried');
    expect(await refused.standing(Buffer.from('1'))).toBe('refused');
    await refused.withdraw();
    await expect(stat(refused.file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('can be forgotten, and need not be there to be', async () => {
    await refused.remember(PIN);
    await refused.forget();
    expect(await refused.standing(PIN)).toBe('untried');
    await expect(refused.forget()).resolves.toBeUndefined();
  });

  it('is kept as a salted hash, for its owner only', async () => {
    const umask = process.umask(0);
    try {
      await refused.remember(PIN);
    } finally {
      process.umask(umask);
    }
    const kept = await readFile(refused.file, 'utf8');
    expect(kept).toMatch(/^\n[0-9a-f]{96}\n$/);
    expect(kept).not.toContain(PIN.toString('hex'));
    expect((await stat(refused.file)).mode & 0o777).toBe(0o600);
    await refused.remember(PIN);
    expect(await readFile(refused.file, 'utf8')).not.toBe(kept);
  });
});

it('a PIN that was right is known again by an octet of its hash', async () => {
  expect(await refused.isProven(PIN)).toBe(false);
  await refused.prove(PIN);
  expect(await refused.isProven(PIN)).toBe(true);
  const file = join(dir, 'root.proven-pin');
  expect((await readFile(file, 'utf8')).length).toBe(2 * (16 + 1));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  // One of 256 others is taken for it.
  const others = await Promise.all(
    ['1', '2', '3', '4'].map((pin) => refused.isProven(Buffer.from(pin))),
  );
  expect(others).toContain(false);
});

it.each(['', 'x', '00', 'g'.repeat(96), '0'.repeat(94)])(
  'a file of ours that is damaged refuses nothing: %j',
  async (content) => {
    await writeFile(refused.file, content, { mode: 0o600 });
    expect(await refused.standing(PIN)).toBe('untried');
  },
);

it('a file that cannot be read is not taken for none', async () => {
  const elsewhere = new RefusedPin(dir, 'a'.repeat(300));
  await expect(elsewhere.standing(PIN)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
});
