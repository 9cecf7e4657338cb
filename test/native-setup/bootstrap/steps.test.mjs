import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runChild } from '../../../scripts/bootstrap/child.mjs';
import { nodeHeaders, npmEnvironment } from '../../../scripts/bootstrap/dependencies.mjs';
import { checkNodeVersion } from '../../../scripts/bootstrap/node-version.mjs';
import { withoutUserSettings } from '../../../scripts/bootstrap/run-tests.mjs';
import { isStamped, treeDigest, writeStamp } from '../../../scripts/bootstrap/stamp.mjs';
import { configurationOption } from '../../../scripts/bootstrap/start-server.mjs';

let directory;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'strongroom-bootstrap-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('checkNodeVersion', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0'])('takes %s', (version) => {
    expect(() => checkNodeVersion(version)).not.toThrow();
  });

  it.each(['v18.20.4', 'v20.18.3'])('refuses %s', (version) => {
    expect(() => checkNodeVersion(version)).toThrow(
      `needs Node.js 20.19 or later; this is ${version}`,
    );
  });
});

describe('stamps', () => {
  it('hold for the content they were written from only', () => {
    const stamp = path.join(directory, 'stamp');
    expect(isStamped(stamp, 'a')).toBe(false);
    writeStamp(stamp, 'a');
    expect(isStamped(stamp, 'a')).toBe(true);
    expect(isStamped(stamp, 'ab')).toBe(false);
  });

  const source = () => path.join(directory, 'src', 'deep', 'a.ts');

  it.each([
    ['a file grows', () => writeFileSync(source(), 'longer')],
    ['a file is touched', () => utimesSync(source(), 1, 1)],
    ['a file is added', () => writeFileSync(path.join(directory, 'src', 'b.ts'), '')],
    ['a file goes', () => rmSync(source())],
  ])('change when %s', (_, change) => {
    mkdirSync(path.dirname(source()), { recursive: true });
    writeFileSync(source(), 'x');
    const roots = [path.join(directory, 'src'), path.join(directory, 'missing.json')];
    const before = treeDigest(roots);
    expect(treeDigest(roots)).toBe(before);
    change();
    expect(treeDigest(roots)).not.toBe(before);
  });
});

describe('the environment of npm ci', () => {
  it('compiles addons with the headers that are here', () => {
    const environment = npmEnvironment({ PATH: '/bin' }, '/usr');
    expect(environment).toMatchObject({
      npm_config_build_from_source: 'true',
      npm_config_nodedir: '/usr',
    });
    expect(environment.PATH).toBe(`${path.dirname(process.execPath)}:/bin`);
  });

  it('keeps the user’s own nodedir and registry, and drops what npm start set for itself', () => {
    const outer = {
      npm_config_nodedir: '/opt/node',
      npm_config_registry: 'https://registry.example',
      npm_config_omit: 'dev',
      npm_lifecycle_event: 'start',
      npm_package_name: 'strongroom',
      npm_command: 'start',
    };
    const { PATH, ...environment } = npmEnvironment(outer, '/usr');
    expect(environment).toEqual({
      npm_config_nodedir: '/opt/node',
      npm_config_registry: 'https://registry.example',
      npm_config_build_from_source: 'true',
    });
  });

  it('takes no headers of another Node', () => {
    const [major, minor] = process.versions.node.split('.').map(Number);
    const headers = (name, headerMajor, headerMinor) => {
      const include = path.join(directory, name, 'include', 'node');
      mkdirSync(include, { recursive: true });
      const version = `#define NODE_MAJOR_VERSION ${headerMajor}\n#define NODE_MINOR_VERSION ${headerMinor}\n`;
      writeFileSync(path.join(include, 'node_version.h'), version);
      return path.join(directory, name);
    };
    const older = headers('older', major - 1, minor);
    const other = headers('other', major, minor + 1);
    expect(nodeHeaders([path.join(directory, 'none'), older, other])).toBeUndefined();
    const same = headers('same', major, minor);
    expect(nodeHeaders([older, same])).toBe(same);
  });
});

describe('runChild', () => {
  it.each([
    ['its exit code', 'process.exit(7)', 7],
    ['128 + the signal that ended it', "process.kill(process.pid, 'SIGKILL')", 137],
  ])('gives %s', async (_, code, expected) => {
    expect(await runChild(process.execPath, ['-e', code])).toBe(expected);
  });

  it('fails for a program that is not there', async () => {
    await expect(runChild('/nowhere/program', [])).rejects.toThrow('ENOENT');
  });
});

it('tests never see the settings of the user’s own server', () => {
  const environment = { STRONGROOM_DATA_DIR: '/srv', SOFTHSM2_CONF: '/etc/x', PATH: '/bin' };
  expect(withoutUserSettings(environment)).toEqual({ PATH: '/bin' });
});

it.each([
  [[], []],
  [['--json'], []],
  [
    ['--json', '--config', 'a.yaml', '--port', '1'],
    ['--config', 'a.yaml'],
  ],
  [['--config=a.yaml', '--json'], ['--config=a.yaml']],
])('of %j, init gets %j', (args, expected) => {
  expect(configurationOption(args)).toEqual(expected);
});
