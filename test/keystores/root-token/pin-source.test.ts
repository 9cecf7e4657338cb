import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../../../src/kernel/start-error.js';
import {
  MAX_PIN_BYTES,
  pinSourceOf,
  type RootTokenSettings,
} from '../../../src/keystores/root-token/pin-source.js';

const PIN = 'correct horse';

let dir: string;
let env: NodeJS.ProcessEnv;
let logged: object[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'strongroom-pin-'));
  env = { PATH: process.env.PATH, CREDENTIALS_DIRECTORY: dir, PIN, STRONGROOM_SECRET: 'hunter2' };
  logged = [];
  await writeFile(join(dir, 'pin'), `${PIN}\n`, { mode: 0o600 });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const source = (settings: Omit<RootTokenSettings, 'id'>) =>
  pinSourceOf(
    { id: 'root', ...settings },
    { env, log: { warn: (fields: object) => logged.push(fields) } },
  );
const script = (text: string) => ({ pinCommand: ['/bin/sh', '-c', text] });

describe('the PIN', () => {
  it.each<[string, () => Omit<RootTokenSettings, 'id'>]>([
    ['a file', () => ({ pinFile: join(dir, 'pin') })],
    ['the environment', () => ({ pinEnv: 'PIN' })],
    ['a credential', () => ({ pinCredential: 'pin' })],
    ['a command', () => ({ pinCommand: ['/bin/cat', join(dir, 'pin')] })],
    [
      'a command that knows its own surroundings only',
      () => script('echo "$PIN$STRONGROOM_SECRET"'),
    ],
  ])('is read from %s', async (_, settings) => {
    expect((await source(settings()).read()).toString()).toBe(PIN);
    expect(logged).toEqual([]);
  });

  it('is taken out of the environment', async () => {
    const fromVariable = source({ pinEnv: 'PIN' });
    await fromVariable.read();
    expect(env).not.toHaveProperty('PIN');
    expect(fromVariable.lookAgain).toBeUndefined();
  });

  it.each(['pinFile', 'pinCredential', 'pinCommand'] as const)(
    'is asked for again from %s',
    async (member) => {
      const path = join(dir, 'pin');
      const values = { pinFile: path, pinCredential: 'pin', pinCommand: ['/bin/cat', path] };
      const changing = source({ [member]: values[member] });
      await changing.read();
      await writeFile(path, 'another');
      expect((await changing.read()).toString()).toBe('another');
      expect(changing.lookAgain).toBeDefined();
    },
  );

  it.each<[string, () => Omit<RootTokenSettings, 'id'>, RegExp]>([
    ['is not set', () => ({ pinEnv: 'NONE' }), /from the environment variable NONE \(not set\)$/],
    ['has no file', () => ({ pinFile: '/none' }), /from the file \/none \(ENOENT\)$/],
    ['has no credential', () => ({ pinCredential: 'none' }), /credential none \(ENOENT\)$/],
    [
      'is of no program',
      () => ({ pinCommand: ['/none'] }),
      /command \/none \(it can't be run: ENOENT\)$/,
    ],
    [
      'comes with an exit code',
      () => script(`echo ${PIN}; exit 3`),
      /sh \(it ended with exit code 3\)$/,
    ],
    [
      'comes from a killed command',
      () => script(`echo ${PIN}; kill -9 $$`),
      /\(it ended with SIGKILL\)$/,
    ],
    ['is empty', () => script('echo'), /PIN is missing: the command \/bin\/sh is empty$/],
    ['never ends', () => script('exec yes'), /\(it answers more than \d+ octets\)$/],
    ['is too long', () => script(`printf %${MAX_PIN_BYTES + 1}s x`), /has more than 1024 octets$/],
  ])('that %s is one line for the operator', async (_, settings, line) => {
    const read = source(settings()).read();
    await expect(read).rejects.toThrow(StartError);
    await expect(read).rejects.toThrow(line);
    await expect(read).rejects.not.toThrow(PIN);
  });

  it('is no credential where systemd hands none over', async () => {
    delete env.CREDENTIALS_DIRECTORY;
    await expect(source({ pinCredential: 'pin' }).read()).rejects.toThrow('is not set');
  });

  it('is never in what is logged of a command, whatever that complains of', async () => {
    await source(script(`set -x; echo '${PIN}'; printf %9999s x >&2`)).read();
    expect(logged).toHaveLength(1);
    const [{ stderr }] = logged as [{ stderr: string }];
    expect(stderr).toMatch(/echo .*\[secret\]/);
    expect(stderr.length).toBeLessThanOrEqual(4096);
    expect(stderr).not.toContain(PIN);
  });

  it('is waited for no longer when the server ends, nor is what the command has started', async () => {
    const ended = new AbortController();
    const waiting = source(script(`sleep 600 & echo $! > ${dir}/child; wait`)).read(ended.signal);
    const child = await expect
      .poll(() => readFile(join(dir, 'child'), 'utf8').catch(() => ''))
      .toMatch(/\d+\n/)
      .then(() => readFile(join(dir, 'child'), 'utf8'));
    ended.abort();
    await expect(waiting).rejects.toThrow('the server ends');
    await expect
      .poll(() => readFile(`/proc/${child.trim()}/status`, 'utf8').catch(() => 'gone'))
      .toMatch(/^gone$|State:\s+Z/);
  });
});
