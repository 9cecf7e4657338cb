import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  formatSharedCredentials,
  parseSharedCredentials,
  readSharedCredentials,
  writeSharedCredentials,
} from '../../../../src/services/iam/credentials/shared-credentials.js';

const PAIR = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalr+UtnFEMI/K7M=#;' };
const LINES = [
  '[default]',
  `aws_access_key_id=${PAIR.accessKeyId}`,
  `aws_secret_access_key=${PAIR.secretAccessKey}`,
];

describe('the text of a credentials file', () => {
  it('is read as it is written', () => {
    const value = fc.stringMatching(/^[!-~]{1,60}$/);
    fc.assert(
      fc.property(value, value, (accessKeyId, secretAccessKey) => {
        const pair = { accessKeyId, secretAccessKey };
        expect(parseSharedCredentials(formatSharedCredentials(pair))).toEqual(pair);
      }),
    );
  });

  it.each([
    { what: 'plain', text: LINES.join('\n') },
    { what: 'of Windows', text: LINES.join('\r\n') },
    { what: 'with a byte-order mark', text: `\uFEFF${LINES.join('\n')}` },
    {
      what: 'with white space',
      text: LINES.map((line) => ` \t${line.replace('=', '\t = ')}  `).join('\n\n'),
    },
    {
      what: 'with comments',
      text: LINES.join('\n# aws_access_key_id = no\n; aws_access_key_id = no\n'),
    },
    { what: 'with other settings', text: `${LINES.join('\nregion = us-east-1\njunk\n')}\n` },
    {
      what: 'with other profiles',
      text: `[other]\naws_access_key_id = no\n${LINES.join('\n')}\n[third]\naws_secret_access_key = no`,
    },
    {
      what: 'with names in upper case',
      text: LINES.join('\n').replace('aws_access_key_id', 'AWS_ACCESS_KEY_ID'),
    },
  ])('is understood $what', ({ text }) => {
    expect(parseSharedCredentials(text)).toEqual(PAIR);
  });

  it('is read by profile', () => {
    expect(parseSharedCredentials(`[a b]\n${LINES.slice(1).join('\n')}`, 'a b')).toEqual(PAIR);
    expect(parseSharedCredentials(LINES.join('\n'), 'other')).toBeUndefined();
  });

  it.each([
    '',
    '[default]',
    LINES.slice(0, 2).join('\n'),
    LINES.slice(1).join('\n'),
    LINES.join('\n').replace('[default]', '[default'),
    `[default]\naws_access_key_id=\naws_secret_access_key=x`,
  ])('has no credentials in %j', (text) => {
    expect(parseSharedCredentials(text)).toBeUndefined();
  });

  it('never makes the parser throw', () => {
    const line = fc.oneof(fc.constantFrom(...LINES, '[', ']', '=', '#'), fc.string());
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        expect(() => parseSharedCredentials(lines.join('\n'))).not.toThrow();
      }),
    );
  });

  it.each(['', 'a b', 'a\nb', 'é'])('is not made of the value %j', (value) => {
    expect(() => formatSharedCredentials({ ...PAIR, accessKeyId: value })).toThrow(RangeError);
    expect(() => formatSharedCredentials({ ...PAIR, secretAccessKey: value })).toThrow(RangeError);
  });
});

describe('a credentials file', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'strongroom-credentials-'));
    file = path.join(directory, 'credentials');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is written for its owner only, whole, with nothing left beside it', async () => {
    await writeFile(file, 'old', { mode: 0o644 });
    await writeSharedCredentials(file, PAIR);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toBe(formatSharedCredentials(PAIR));
    expect(await readSharedCredentials(file)).toEqual(PAIR);
    expect(await readdir(directory)).toEqual(['credentials']);
  });

  it('stays as it was when it can not be written', async () => {
    await writeSharedCredentials(file, PAIR);
    await expect(
      writeSharedCredentials(file, { ...PAIR, secretAccessKey: 'two\nlines' }),
    ).rejects.toThrow(RangeError);
    expect(await readSharedCredentials(file)).toEqual(PAIR);
    expect(await readdir(directory)).toEqual(['credentials']);
  });

  it('leaves nothing behind when it can not be put in its place', async () => {
    await expect(writeSharedCredentials(directory, PAIR)).rejects.toThrow();
    expect(await readdir(path.dirname(directory))).not.toContainEqual(
      expect.stringContaining(`${path.basename(directory)}.`),
    );
  });

  it('may be missing', async () => {
    expect(await readSharedCredentials(file)).toBeUndefined();
  });

  it.each([
    { what: 'no profile', text: 'x = y', message: "has no profile 'default'" },
    { what: 'no end', text: '#'.repeat(65_537), message: 'too large' },
  ])('is refused with $what', async ({ text, message }) => {
    await writeFile(file, text, { mode: 0o600 });
    await expect(readSharedCredentials(file)).rejects.toThrow(message);
  });

  it('is refused when it is not a file', async () => {
    await expect(readSharedCredentials(directory)).rejects.toThrow('is no regular file');
  });
});
