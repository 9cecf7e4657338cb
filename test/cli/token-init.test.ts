/** `strongroom token init` over SoftHSM: what it makes, what it leaves alone, and what a crash leaves. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { buildFaultModule, FaultControl } from '../support/fault-module/fault-module.js';
import { SOFTHSM_MODULE } from '../support/softhsm-token.js';

const MAIN = resolve('dist/src/main.js');
const LABEL = 'schlüssel';
const STORE_ID = 'cluster-production2';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'strongroom-token-init-'));
  await mkdir(join(dir, 'tokens'));
  await writeFile(join(dir, 'softhsm2.conf'), `directories.tokendir = ${join(dir, 'tokens')}\n`);
});
afterEach(() => rm(dir, { recursive: true }));

function environment() {
  // Of its own: the lock of what others run here is theirs.
  return { PATH: process.env.PATH, TMPDIR: dir, SOFTHSM2_CONF: join(dir, 'softhsm2.conf') };
}

function run(program: string, ...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    execFile(program, args, { cwd: dir, env: environment() }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

const cli = (...args: string[]) => run(process.execPath, MAIN, ...args);

function init(...args: string[]) {
  const module = args.includes('--library') ? [] : ['--library', SOFTHSM_MODULE];
  return cli('token', 'init', ...module, '--label', LABEL, '--vendor', 'softhsm', ...args);
}

async function made(...args: string[]) {
  const { code, stdout, stderr } = await init('--json', ...args);
  return { code, stderr, json: stdout === '' ? undefined : JSON.parse(stdout) };
}

/** Runs a command at a terminal of its own, and answers its questions. */
async function atTerminal(command: string, answers: readonly string[]) {
  const line = `${process.execPath} ${MAIN} ${command}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: dir, env: environment() });
  let shown = '';
  let answered = 0;
  child.stdout.on('data', (chunk) => {
    shown += chunk;
    // Each question once it is asked: what is typed earlier is the terminal's to show.
    const asked = shown.match(/PIN[a-z0-9 -]*: /g)?.length ?? 0;
    for (; answered < asked; answered += 1) child.stdin.write(`${answers[answered]}\r`);
  });
  const [code] = await once(child, 'close');
  return { code, shown };
}

const NEW_PINS = ['--new-so-pin-file', 'so.pin', '--new-pin-file', 'user.pin'];
const SAME_PINS = ['--so-pin-file', 'so.pin', '--pin-file', 'user.pin'];

const digests = () => run('sh', '-c', 'find tokens -type f | sort | xargs -r sha256sum');

describe('token init', () => {
  it('makes a token that its own entry of the configuration finds, and never makes it again', async () => {
    const first = await init(...NEW_PINS);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const pins = await Promise.all(
      ['so.pin', 'user.pin'].map((name) => readFile(join(dir, name), 'utf8')),
    );
    for (const pin of pins) expect(first.stdout).not.toContain(pin.trim());
    expect((await stat(join(dir, 'user.pin'))).mode & 0o777).toBe(0o600);
    const yaml = first.stdout.slice(first.stdout.indexOf('tokens:'));
    expect(parse(yaml).tokens).toEqual([
      {
        ...{ id: 'root', module: SOFTHSM_MODULE, label: LABEL, vendor: 'softhsm' },
        ...{ env: { SOFTHSM2_CONF: join(dir, 'softhsm2.conf') }, pinFile: join(dir, 'user.pin') },
      },
    ]);
    await writeFile(join(dir, 'strongroom.yaml'), yaml);
    const objects = await cli('token', 'objects', 'root', '--json');
    expect(JSON.parse(objects.stdout)).toMatchObject({ id: 'root', objects: [] });

    const before = await digests();
    const again = await made(...SAME_PINS);
    expect(again).toMatchObject({
      code: 1,
      json: {
        ready: false,
        problem: expect.stringMatching(/initialised already and has its user PIN/),
        token: { label: LABEL, flags: expect.arrayContaining(['CKF_USER_PIN_INITIALIZED']) },
      },
    });
    expect((await digests()).stdout).toBe(before.stdout);
  });

  it('asks at a terminal, which shows no PIN, and so does what logs in', async () => {
    const module = `--library ${SOFTHSM_MODULE} --label ${LABEL} --id ${STORE_ID}`;
    const typed = ['wrong\x15so-secret', 'so-secret', 'user-secrex\x7ft', 'user-secret'];
    const made = await atTerminal(`token init ${module}`, typed);
    expect(made).toEqual({ code: 0, shown: expect.stringContaining('is ready') });
    const { SOFTHSM2_CONF } = environment();
    const token = { module: SOFTHSM_MODULE, label: LABEL, env: { SOFTHSM2_CONF } };
    const root = { id: 'root', ...token, pinFile: 'not-used' };
    await writeFile(
      join(dir, 'strongroom.yaml'),
      stringify({ tokens: [root, { id: STORE_ID, ...token }] }),
    );
    const listed = await atTerminal(`token objects ${STORE_ID} --json`, ['user-secret']);
    expect(listed).toEqual({ code: 0, shown: expect.stringContaining('"objects":[]') });
    for (const { shown } of [made, listed]) expect(shown).not.toMatch(/secre|wrong/);
  });

  it.each<[string, string[], number, RegExp]>([
    ['nobody to ask', [], 1, /officer's PIN is needed/],
    [
      'an id that no token has',
      [...NEW_PINS, '--id', 'mine'],
      2,
      /tokens\.id must be root or cluster-/,
    ],
    ['a label too long', [...NEW_PINS, '--label', 'ü'.repeat(17)], 2, /at most 32 octets/],
    [
      'a PIN that the token takes not',
      ['--so-pin-file', 'short', '--new-pin-file', 'new.pin'],
      1,
      /has 3 octets; the token takes 4/,
    ],
    [
      'a PIN that is no KeyStorePassword',
      ['--id', STORE_ID, '--new-so-pin-file', 'new.pin', '--pin-file', 'six'],
      1,
      /is its KeyStorePassword/,
    ],
    [
      'a file that is there',
      ['--new-so-pin-file', 'short', '--new-pin-file', 'new.pin'],
      1,
      /short is there already/,
    ],
    [
      'a PIN file that others write',
      ['--so-pin-file', 'open', '--new-pin-file', 'new.pin'],
      1,
      /is writable by others/,
    ],
    [
      'a library that is not there',
      [...NEW_PINS, '--library', '/gone.so'],
      1,
      /^strongroom: \/gone\.so: /,
    ],
    ['a finished token’s new SO PIN', [...NEW_PINS, '--finish'], 2, /PIN already/],
  ])('refuses %s, and makes nothing', async (_what, args, code, stderr) => {
    await writeFile(join(dir, 'short'), 'abc\n', { mode: 0o600 });
    await writeFile(join(dir, 'six'), 'abcdef\n', { mode: 0o600 });
    await writeFile(join(dir, 'open'), 'abcdef\n');
    await run('chmod', '666', 'open');
    expect(await init(...args)).toMatchObject({ code, stderr: expect.stringMatching(stderr) });
    expect((await run('sh', '-c', 'ls tokens; ls *.pin')).stdout).toBe('');
  });

  describe('behind a library that fails', () => {
    let faults: FaultControl;
    let library: string[];
    beforeEach(async () => {
      faults = new FaultControl(dir, SOFTHSM_MODULE);
      const env = Object.entries(faults.env).flatMap(([name, value]) => [
        '--env',
        `${name}=${value}`,
      ]);
      library = ['--library', await buildFaultModule(), ...env];
    });

    it('says by what the vendor’s tokens are made', async () => {
      await faults.set('fail C_InitToken 0x54');
      const { code, json } = await made(...NEW_PINS, ...library);
      expect({ code, problem: json.problem }).toEqual({
        code: 1,
        problem:
          'C_InitToken answered CKR_FUNCTION_NOT_SUPPORTED: make it by softhsm2-util --init-token',
      });
      expect((await run('sh', '-c', 'ls *.pin')).stdout).toBe('');
    });

    it.each<[string, string, RegExp]>([
      ['the call fails', 'fail C_InitPIN 0xa1', /^C_InitPIN answered CKR_PIN_INVALID; .*--finish/],
      ['the process dies', 'crash C_InitPIN', /^The library hung or crashed .*--finish/],
    ])('finishes a token, with one login, after %s', async (_what, directive, problem) => {
      await faults.set(directive);
      const cut = await made(...NEW_PINS, ...library);
      expect(cut).toMatchObject({ code: 1, json: { problem: expect.stringMatching(problem) } });
      await faults.clear();
      const told = await made(...SAME_PINS, ...library);
      expect(told.json.problem).toMatch(/has no user PIN: an earlier run was cut off/);
      const logins = await faults.calls('C_Login');
      const finished = await made(...SAME_PINS, ...library, '--finish');
      expect(finished).toMatchObject({ code: 0, json: { ready: true, token: { label: LABEL } } });
      expect(await faults.calls('C_Login')).toBe(logins + 1);
      expect(await faults.calls('C_InitToken')).toBe(1);
    });

    it('makes one token where two runs want to', async () => {
      // Both look before either has made it.
      await faults.set('delay C_InitToken 2000000');
      const pins = ['so', 'user'].map((name) => join(dir, name));
      for (const pin of pins) await writeFile(pin, 'a-pin-of-both', { mode: 0o600 });
      const args = ['--so-pin-file', 'so', '--pin-file', 'user', ...library];
      const codes = (await Promise.all([made(...args), made(...args)])).map(({ code }) => code);
      expect(codes.sort()).toEqual([0, 1]);
      expect(await faults.calls('C_InitToken')).toBe(1);
    });

    it('tries a wrong SO PIN once', async () => {
      await faults.set('fail C_InitPIN 0xa1');
      await made(...NEW_PINS, ...library);
      await faults.clear();
      const logins = await faults.calls('C_Login');
      const wrong = ['--so-pin-file', 'user.pin', '--pin-file', 'user.pin', '--finish'];
      const first = await made(...wrong, ...library);
      expect(first.json.problem).toMatch(/^C_Login answered CKR_PIN_INCORRECT/);
      const second = await made(...SAME_PINS, ...library, '--finish');
      expect(second.json.problem).toMatch(/^CKF_SO_PIN_COUNT_LOW: /);
      expect(await faults.calls('C_Login')).toBe(logins + 1);
    });
  });
});
