import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CLUSTER,
  freshDataDir,
  logIn,
  MAKE_TOKENS,
  makeTokens,
  REQUEST,
  runNode,
  snapshot,
  tokensSeen,
} from './data-directory.js';

describe('make-tokens on a fresh data directory', () => {
  it('makes tokens that another PKCS#11 program can log in to', async () => {
    const dataDir = freshDataDir();
    const ended = await makeTokens(dataDir);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual({
      tokens: [
        { id: 'root', outcome: 'made' },
        { id: CLUSTER, outcome: 'made' },
      ],
    });
    expect(tokensSeen(dataDir).map(({ label }) => label)).toEqual([CLUSTER, 'root']);
    logIn(dataDir, 'root');
    logIn(dataDir, CLUSTER);
  });

  it('keeps everything to its owner', async () => {
    const dataDir = freshDataDir();
    await makeTokens(dataDir);
    const modes = [...snapshot(dataDir)].map(([name, entry]) => {
      const directory = statSync(path.join(dataDir, name)).isDirectory();
      return [name, entry.split(' ')[0], directory ? '700' : '600'];
    });
    expect(modes.filter(([, mode, wanted]) => mode !== wanted)).toEqual([]);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  it('writes PINs that serve as a KeyStorePassword and prints none of them', async () => {
    const dataDir = freshDataDir();
    const { stdout, stderr } = await makeTokens(dataDir);
    const files = [
      'root.pin',
      `${CLUSTER}.pin`,
      'softhsm/root.so-pin',
      `softhsm/${CLUSTER}.so-pin`,
    ];
    const pins = files.map((file) => readFileSync(path.join(dataDir, file), 'utf8'));
    for (const pin of pins) {
      expect(pin).toMatch(/^[A-Za-z0-9]{24,32}$/);
      expect(stdout + stderr).not.toContain(pin);
    }
    expect(new Set(pins).size).toBe(pins.length);
  });

  it('makes a trust anchor only where one is asked for', async () => {
    const dataDir = freshDataDir();
    await makeTokens(dataDir);
    const pem = readFileSync(path.join(dataDir, `${CLUSTER}.crt`), 'utf8');
    expect(new X509Certificate(pem).subject).toBe(`CN=${CLUSTER}`);
    expect(snapshot(dataDir).has('root.crt')).toBe(false);
  });

  it('changes nothing when it runs again', async () => {
    const dataDir = freshDataDir();
    await makeTokens(dataDir);
    const [before, tokens] = [snapshot(dataDir), tokensSeen(dataDir)];
    const again = await makeTokens(dataDir);
    expect(JSON.parse(again.stdout)).toEqual({
      tokens: [
        { id: 'root', outcome: 'kept' },
        { id: CLUSTER, outcome: 'kept' },
      ],
    });
    expect(snapshot(dataDir)).toEqual(before);
    expect(tokensSeen(dataDir)).toEqual(tokens);
  });

  it('makes each token once when several processes start together', async () => {
    const dataDir = freshDataDir();
    const ended = await Promise.all(Array.from({ length: 4 }, () => makeTokens(dataDir)));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const made = ended.filter(({ stdout }) => stdout.includes('"made"'));
    expect(made).toHaveLength(1);
    expect(tokensSeen(dataDir).map(({ label }) => label)).toEqual([CLUSTER, 'root']);
    logIn(dataDir, 'root');
  });
});

describe('make-tokens refuses', () => {
  it.each([
    ['what is not JSON', '{', /JSON/],
    ['an id that could leave the directory', request({ tokens: [{ id: '../x' }] }), /token id/],
    ['an id longer than a label', request({ tokens: [{ id: 'a'.repeat(33) }] }), /token id/],
    ['the same id twice', request({ tokens: [{ id: 'a' }, { id: 'a' }] }), /same id/],
    [
      'a library that is not there',
      request({ library: '/nowhere.so' }),
      /apt-get install softhsm2/,
    ],
  ])('%s', async (_, input, reason) => {
    const dataDir = freshDataDir();
    const ended = await runNode([MAKE_TOKENS, dataDir], input);
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toEqual({ error: expect.stringMatching(reason) });
  });
});

function request(change: object): string {
  return JSON.stringify({ ...REQUEST, ...change });
}
