import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import { Secret } from '../../src/config/secret.js';

const ID = 'EXAMPLEROOTACCESSKEY';
const SECRET = 'correct/horse+battery=staple';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'strongroom-secrets-'));
  writeFileSync(join(cwd, 'secret'), `${SECRET}\n`);
  writeFileSync(join(cwd, 'url'), 'postgres://kms:hunter2hunter2@db/kms\r\n');
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function load(yaml: string, env: Record<string, string>) {
  writeFileSync(join(cwd, 'strongroom.yaml'), yaml);
  return loadConfig({ env, cwd, exists: () => true });
}

describe('a secret', () => {
  it.each([
    ['YAML', `rootSecretAccessKey: ${SECRET}`, {}],
    ['a file named in YAML', 'rootSecretAccessKeyFile: secret', {}],
    ['the environment', '', { STRONGROOM_ROOT_SECRET_ACCESS_KEY: SECRET }],
    ['a file named in the environment', '', { STRONGROOM_ROOT_SECRET_ACCESS_KEY_FILE: 'secret' }],
    [
      'the environment before YAML',
      'rootSecretAccessKeyFile: missing',
      { STRONGROOM_ROOT_SECRET_ACCESS_KEY_FILE: 'secret' },
    ],
  ])('is read from %s', (_, yaml, env) => {
    const config = load(yaml, { ...env, STRONGROOM_ROOT_ACCESS_KEY_ID: ID });
    expect(config.rootSecretAccessKey?.reveal()).toBe(SECRET);
  });

  it('of the database is read from a file, its newline left out', () => {
    const config = load('databaseUrlFile: url', {});
    expect(config.databaseUrl.reveal()).toBe('postgres://kms:hunter2hunter2@db/kms');
  });

  it.each([
    [
      '',
      { STRONGROOM_DATABASE_URL: 'sqlite:x', STRONGROOM_DATABASE_URL_FILE: 'url' },
      'STRONGROOM_DATABASE_URL must not be set together with STRONGROOM_DATABASE_URL_FILE',
    ],
    [
      'databaseUrl: sqlite:x\ndatabaseUrlFile: url',
      {},
      'databaseUrl must not be set together with databaseUrlFile',
    ],
    [
      'databaseUrlFile: gone',
      {},
      ':1: databaseUrlFile must be the path of a readable file (ENOENT)',
    ],
    ['databaseUrlFile: []', {}, ':1: databaseUrlFile must be the path of a file'],
    [
      '',
      { STRONGROOM_DATABASE_URL_FILE: 'secret' },
      'STRONGROOM_DATABASE_URL_FILE: the content must be sqlite:<path> or postgres://…',
    ],
  ])('is refused where it is ambiguous or missing: %j %j', (yaml, env, message) => {
    expect(() => load(yaml, env as Record<string, string>)).toThrow(message);
  });
});

describe('a secret never shows', () => {
  it('in a printed configuration', () => {
    const config = load('databaseUrlFile: url', {
      STRONGROOM_ROOT_ACCESS_KEY_ID: ID,
      STRONGROOM_ROOT_SECRET_ACCESS_KEY: SECRET,
    });
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      `${config.rootSecretAccessKey}`,
      JSON.stringify(Object.entries(new Secret(SECRET))),
    ].join();
    expect(printed).toContain('[secret]');
    expect(printed).not.toContain(SECRET);
    expect(printed).not.toContain('hunter2');
  });

  // Each of these holds the secret where a plausible slip puts it.
  it.each([
    ['rootSecretAccessKey: "short hunter2"', {}],
    ['rootAccessKeyId: short/hunter2', {}],
    ['{rootSecretAccessKey:hunter2hunter2hunter2}', {}],
    ['rootSecretAccessKey:hunter2', {}],
    ['rootSecretAccessKey: *hunter2', {}],
    ['rootSecretAccessKey: !hunter2 x', {}],
    ['rootSecretAccessKey: "hunter2', {}],
    ['rootSecretAccessKey: [hunter2]', {}],
    ['rootSecretAccessKeyFile: hunter2', {}],
    ['databaseUrl: mysql://kms:hunter2@db', {}],
    ['tokens: [{id: root, module: m, label: l, pin: hunter2}]', {}],
    ['tokens: [{id: root, module: m, label: l, pinFile: p, env: {A: [hunter2]}}]', {}],
    ['tokens: [{id: root, module: m, label: l, libraryParameters: [hunter2]}]', {}],
    ['tokens: [{id: root, module: m, label: l, pinCommand: hunter2}]', {}],
    ['', { STRONGROOM_ROOT_SECRET_ACCESS_KEY: 'short hunter2' }],
    ['', { STRONGROOM_ROOT_ACCESS_KEY_ID: 'hunter2/' }],
    ['', { STRONGROOM_ROOT_SECRET_ACCESS_KEY_FILE: 'hunter2' }],
    ['', { STRONGROOM_ROOT_PASSWORD: 'hunter2' }],
  ])('in an error: %j %j', (yaml, env) => {
    let message = '';
    try {
      load(yaml, env as Record<string, string>);
    } catch (error) {
      message = inspect(error);
    }
    expect(message).toContain('ConfigError');
    expect(message).not.toContain('hunter2');
  });
});
