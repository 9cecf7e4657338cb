import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runProgram } from '../../src/cli/core/program.js';
import { commands } from '../../src/cli/registry.js';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
beforeAll(async () => {
  strongroom = await Strongroom.start();
});
afterAll(() => strongroom?.dispose());

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const SIMULATE = ['policy', 'simulate', '--action', 'kms:Decrypt', '--principal'];

// Programs of their own, which load for most of their time.
describe.concurrent('what ends before its command', () => {
  it.each<[string, string[], number, RegExp, RegExp]>([
    ['--version', ['--version'], 0, new RegExp(`^${version.replaceAll('.', '\\.')}\n$`), /^$/],
    ['--help', ['--help'], 0, /^Usage: strongroom .*\binit\b.*\bserve\b.*\bpolicy\b/s, /^$/],
    ['a group and --help', ['policy', '--help'], 0, /^Usage: strongroom policy .*simulate/s, /^$/],
    ['nothing', [], 2, /^$/, /Usage: strongroom/],
    ['a group alone', ['policy'], 2, /^$/, /Usage: strongroom policy/],
    ['a command that is not there', ['destroy'], 2, /^$/, /unknown command 'destroy'/],
    ['one of a group', ['policy', 'undo'], 2, /^$/, /unknown command 'undo'/],
    ['an unknown option', ['init', '--fast'], 2, /^$/, /unknown option '--fast'/],
    ['a word too many', ['init', 'now'], 2, /^$/, /too many arguments/],
    ['a required option missing', ['policy', 'simulate'], 2, /^$/, /'--principal <arn>'/],
    [
      'a configuration that is not there',
      ['init', '--config', 'gone.yaml'],
      2,
      /^$/,
      /^strongroom: [^\n]*gone\.yaml[^\n]*\n$/,
    ],
  ])('%s', async (_what, argv, code, stdout, stderr) => {
    expect(await strongroom.cli(...argv)).toEqual({
      code,
      stdout: expect.stringMatching(stdout),
      stderr: expect.stringMatching(stderr),
    });
  });
});

/** Printed in this process: a program of its own for each of so many costs more than it shows. */
async function helpOf(name: string): Promise<string> {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  try {
    const contextOf = () => expect.fail('the command ran');
    const help = runProgram({ version, commands, contextOf }, [...name.split(' '), '--help']);
    await expect(help).rejects.toMatchObject({ exitCode: 0 });
    return printed;
  } finally {
    write.mockRestore();
  }
}

describe.each(commands)('$name', ({ name, summary, options, examples, exitCodes }) => {
  it('explains itself: options, exit codes, examples', async () => {
    const stdout = await helpOf(name);
    // Commander breaks a text that is longer than a line.
    const text = stdout.replaceAll(/\s+/g, ' ');
    for (const word of [`Usage: strongroom ${name} `, summary, '--config', '--json']) {
      expect(text).toContain(word);
    }
    for (const [option, row] of Object.entries(options)) {
      const flags = 'flag' in row ? `--${option}` : `--${option} <${row.value}>`;
      expect(text).toContain(`${flags} ${row.description}`);
    }
    for (const meaning of Object.values(exitCodes)) expect(text).toContain(meaning);
    for (const [line] of examples) expect(stdout).toContain(`  ${line}\n`);
  });

  it('has an example that starts with its name, and says what its exit codes mean', () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) expect(line).toContain(` ${name}`);
    expect(Object.keys(exitCodes)).toEqual(expect.arrayContaining(['done', 'failed', 'usage']));
  });
});

describe('--json', () => {
  it('makes of what is told one line of JSON', async () => {
    const { stdout, code } = await strongroom.cli(
      ...SIMULATE,
      'arn:aws:iam::111122223333:root',
      '--json',
    );
    expect(stdout.endsWith('\n') && !stdout.slice(0, -1).includes('\n')).toBe(true);
    expect(JSON.parse(stdout)).toHaveProperty('decision');
    expect(code).toBe(JSON.parse(stdout).decision === 'allowed' ? 0 : 1);
  });

  it('leaves an error where errors go', async () => {
    const refused = await strongroom.cli(
      ...SIMULATE,
      'arn:aws:iam::111122223333:user/nobody',
      '--json',
    );
    expect(refused).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^strongroom: [^\n]+\n$/),
    });
  });
});

describe('a simulation that has no answer', () => {
  const ROOT = 'arn:aws:iam::111122223333:root';
  it.each<[string, string[], RegExp]>([
    ['an unknown action', ['--action', 'kms:Decrypts'], /there is no action kms:Decrypts$/m],
    ['a wildcard', ['--action', 'kms:*'], /there is no action kms:\*$/m],
    [
      'an unknown condition key',
      ['--action', 'kms:Decrypt', '--context', 'kms:KeySpecs=RSA_2048'],
      /there is no condition key kms:KeySpecs$/m,
    ],
    [
      'a condition key that no request has',
      ['--action', 'kms:Decrypt', '--context', 'aws:PrincipalOrgID=o-1'],
      /no request has aws:PrincipalOrgID: there are no organizations$/m,
    ],
    [
      'an unknown role',
      ['--action', 'sts:AssumeRole', '--resource', 'arn:aws:iam::111122223333:role/None'],
      /there is no role arn:aws:iam::111122223333:role\/None$/m,
    ],
    [
      'an unknown key',
      ['--action', 'kms:Decrypt', '--resource', 'alias/none'],
      /no key alias\/none/,
    ],
  ])('names %s and ends with 2', async (_what, asked, stderr) => {
    const ended = await strongroom.cli('policy', 'simulate', '--principal', ROOT, ...asked);
    expect(ended).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(stderr) });
  });

  it('ends with 2 where the database is not one of ours', async () => {
    await writeFile(join(strongroom.dir, 'empty.sqlite'), '', { mode: 0o600 });
    await writeFile(join(strongroom.dir, 'empty.yaml'), 'databaseUrl: sqlite:empty.sqlite\n');
    const user = 'arn:aws:iam::111122223333:user/alice';
    const ended = await strongroom.cli(...SIMULATE, user, '--config', 'empty.yaml');
    expect(ended).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^strongroom: no answer: [^\n]*no such table[^\n]*\n$/),
    });
  });

  it('ends with 3 where the database does not answer', async () => {
    const file = 'databaseUrl: postgres://nobody@127.0.0.1:1/none\n';
    await writeFile(join(strongroom.dir, 'away.yaml'), file);
    const ended = await strongroom.cli(...SIMULATE, ROOT, '--config', 'away.yaml');
    expect(ended).toEqual({
      code: 3,
      stdout: '',
      stderr: 'strongroom: the database cannot be reached: ECONNREFUSED\n',
    });
  });
});

it('--config may stand before its command or behind it', async () => {
  const behind = await strongroom.cli('init', '--config', 'strongroom.yaml');
  const before = await strongroom.cli('--config', 'strongroom.yaml', 'init');
  expect(before).toEqual(behind);
  expect(before.code).toBe(0);
});
