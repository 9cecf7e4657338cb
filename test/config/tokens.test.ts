import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { quickStartTokens, softHsmModules } from '../../src/config/quick-start.js';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'strongroom-tokens-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function load(tokens?: unknown, exists: (path: string) => boolean = () => true): Config {
  // JSON is YAML.
  if (tokens !== undefined) writeFileSync(join(cwd, 'strongroom.yaml'), JSON.stringify({ tokens }));
  return loadConfig({ env: {}, cwd, exists });
}

const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const timing = {
  sessions: 8,
  residency: 'resident',
  callTimeoutMs: 4000,
  managementTimeoutMs: 60_000,
  startTimeoutMs: 15_000,
  maxQueued: 4096,
  rawRsaOaep: false,
};
const root = { id: 'root', module: '/opt/hsm.so', label: 'r', pinFile: '/run/root.pin' };
/** The root token with another source of its PIN. */
const rootBy = (source: object) => ({ id: 'root', module: '/opt/hsm.so', label: 'r', ...source });
const cluster = { id: 'cluster-examplehsm22', module: '/opt/hsm.so', serial: '0123 abc' };

describe('without tokens', () => {
  it('there are the two SoftHSM tokens of the quick start', () => {
    const config = load();
    const dataDir = join(cwd, 'data');
    expect(config.quickStart).toEqual(['root', 'cluster-softhsmtoken']);
    expect(config.tokens).toEqual(
      quickStartTokens(dataDir, softHsmModules[0] ?? '').map((token) => ({
        ...token,
        ...timing,
        ...(token.id !== 'root' && { accounts: [ACCOUNT] }),
      })),
    );
    expect(config.tokens[1]).toEqual({
      ...timing,
      id: 'cluster-softhsmtoken',
      module: '/usr/lib/softhsm/libsofthsm2.so',
      label: 'cluster-softhsmtoken',
      vendor: 'softhsm',
      pinFile: join(dataDir, 'cluster-softhsmtoken.pin'),
      trustAnchor: join(dataDir, 'cluster-softhsmtoken.crt'),
      accounts: [ACCOUNT],
      env: { SOFTHSM2_CONF: join(dataDir, 'softhsm', 'softhsm2.conf') },
    });
    expect(config.tokens[0]).not.toHaveProperty('trustAnchor');
  });

  it.each(softHsmModules)('SoftHSM2 is found in %s', (path) => {
    expect(load(undefined, (candidate) => candidate === path).tokens[0]?.module).toBe(path);
  });

  it('SoftHSM2 must be installed', () => {
    expect(() => load(undefined, () => false)).toThrow(
      "tokens: SoftHSM2's PKCS#11 library is not installed",
    );
  });
});

describe('with tokens', () => {
  it('that include the root, nothing is added and SoftHSM2 is not needed', () => {
    const config = load([root, cluster], () => false);
    expect(config.quickStart).toEqual([]);
    expect(config.tokens).toEqual([
      { ...root, ...timing, vendor: 'generic' },
      { ...cluster, ...timing, vendor: 'generic', accounts: [ACCOUNT] },
    ]);
  });

  it.each([[[]], [[cluster]]])('that lack the root, it is added: %j', (tokens) => {
    const config = load(tokens);
    expect(config.quickStart).toEqual(['root']);
    expect(config.tokens.map(({ id }) => id)).toEqual(['root', ...tokens.map(({ id }) => id)]);
  });

  it.each([
    ['module', 'lib/hsm.so'],
    ['pinFile', 'root.pin'],
    ['trustAnchor', 'root.crt'],
  ])('relative paths are made absolute: %s', (member, path) => {
    expect(load([{ ...root, [member]: path }]).tokens[0]).toHaveProperty(member, join(cwd, path));
  });

  it.each([
    ['vendor', 'luna'],
    ['sessions', 64],
    ['callTimeoutMs', 1],
    ['managementTimeoutMs', 600_000],
    ['startTimeoutMs', 1000],
    ['maxQueued', 1],
    ['rawRsaOaep', true],
    ['libraryParameters', "configdir='/x'"],
    ['env', { SOFTHSM2_CONF: '/x', P11SHIM_A: '' }],
    ['quirks', { readOnlySessions: 'workers', oaepHashes: ['sha256'], pssHashes: [] }],
    ['pinEnv', 'STRONGROOM_ROOT_PIN'],
    ['pinCredential', 'root-pin_1.txt'],
    ['pinCommand', ['/usr/bin/pin', '', '--of', 'a b,c']],
  ])('%s is read', (member, value) => {
    const entry = member.startsWith('pin') ? rootBy({}) : root;
    expect(load([{ ...entry, [member]: value }]).tokens[0]).toHaveProperty(member, value);
  });
});

describe('tokens refuse', () => {
  it.each([
    [{ ...root, id: 'main' }, 'tokens[0].id must be root or cluster-'],
    [{ ...root, id: 'cluster-short' }, 'tokens[0].id must be root or cluster-'],
    [{ ...root, id: 'cluster-examplehsm01' }, 'tokens[0].id must be'],
    [{ module: '/m', label: 'l' }, 'tokens[0] must have the member id'],
    [{ id: 'root', label: 'l', pinFile: 'p' }, 'tokens[0] must have the member module'],
    [{ ...root, module: '' }, 'tokens[0].module must be a path'],
    [{ ...root, serial: '1' }, 'tokens[0] must have label or serial, not both'],
    [{ ...root, uri: 'pkcs11:token=r' }, 'tokens[0] must have label or uri, not both'],
    [{ id: 'root', module: 'm', pinFile: 'p' }, 'must have label, serial, uri: one of them'],
    [{ ...root, label: 'x'.repeat(33) }, 'tokens[0].label must be a token label'],
    [{ ...cluster, serial: 'x'.repeat(17) }, 'tokens[0].serial must be a serial number'],
    [
      { id: 'root', module: 'm', label: 'l' },
      'tokens[0] must have the member pinFile or pinEnv or pinCredential or pinCommand, since it is',
    ],
    [{ ...root, pinEnv: 'PIN' }, 'tokens[0] must have one of pinFile and pinEnv, not both'],
    [rootBy({ pinEnv: 'A', pinCommand: ['/x'] }), 'must have one of pinEnv and pinCommand, not'],
    [rootBy({ pinEnv: 'A=B' }), 'tokens[0].pinEnv must be the name of an environment variable'],
    [
      rootBy({ pinEnv: 'STRONGROOM_PORT' }),
      'pinEnv must not be STRONGROOM_PORT, which is a setting',
    ],
    [rootBy({ pinCredential: '../pin' }), 'tokens[0].pinCredential must be the name of a systemd'],
    [rootBy({ pinCommand: '/x y' }), 'tokens[0].pinCommand must be a list of strings'],
    [rootBy({ pinCommand: [] }), 'tokens[0].pinCommand must be a list of strings'],
    [rootBy({ pinCommand: ['x'] }), 'tokens[0]: pinCommand must begin with an absolute path'],
    [{ ...cluster, pinEnv: 'A' }, 'tokens[0] must not have the member pinEnv: the PIN of a custom'],
    [{ ...root, vendor: 'thales' }, 'tokens[0].vendor must be one of softhsm, nss, opencryptoki'],
    [{ ...root, quirks: { label: 4 } }, 'tokens[0].quirks has the unknown member "label"'],
    [{ ...root, quirks: { falseUsages: 'no' } }, 'tokens[0].quirks.falseUsages must be one of'],
    [
      { ...root, quirks: { pssHashes: ['md5'] } },
      'quirks.pssHashes must be a list of some of sha256',
    ],
    [{ ...root, sessions: 0 }, 'tokens[0].sessions must be a whole number from 1 to 64, not "0"'],
    [{ ...root, sessions: 65 }, 'tokens[0].sessions must be'],
    [{ ...root, callTimeoutMs: 0 }, 'tokens[0].callTimeoutMs must be'],
    [{ ...root, managementTimeoutMs: 600_001 }, 'tokens[0].managementTimeoutMs must be'],
    [{ ...root, startTimeoutMs: -1 }, 'tokens[0].startTimeoutMs must be'],
    [{ ...root, maxQueued: 65_537 }, 'tokens[0].maxQueued must be'],
    [{ ...root, libraryParameters: '' }, 'tokens[0].libraryParameters must be'],
    [{ ...root, env: 'A=B' }, 'tokens[0].env must be a map from variable names to strings'],
    [{ ...root, env: { 'A=B': 'c' } }, 'tokens[0].env must be a map'],
    [{ ...root, env: { A: ['c'] } }, 'tokens[0].env must be a map'],
    [{ ...root, slot: 0 }, 'tokens[0] has the unknown member "slot"; known are id, module'],
    ['root', 'tokens[0] must be a map'],
    [[root], 'tokens[0] must be a map'],
  ])('%j', (token, message) => {
    expect(() => load([token])).toThrow(
      `strongroom.yaml:1: ${message.startsWith('tokens') ? message : ''}`,
    );
    expect(() => load([token])).toThrow(message);
  });

  it.each([
    ['a map', root, 'tokens must be a list of at most 64 tokens'],
    ['a scalar', 'root', 'tokens must be a list of at most 64 tokens'],
    ['too many', Array.from({ length: 65 }, () => root), 'tokens must be a list of at most 64'],
    ['an id twice', [root, root], 'tokens must not name an id twice, as it does "root"'],
  ])('%s', (_, tokens, message) => {
    expect(() => load(tokens)).toThrow(message);
  });

  it('no variable that holds a PIN, and every other', () => {
    const written = JSON.stringify({ tokens: [rootBy({ pinEnv: 'STRONGROOM_ROOT_PIN' })] });
    writeFileSync(join(cwd, 'strongroom.yaml'), written);
    const loadWith = (env: Record<string, string>) => loadConfig({ env, cwd });
    expect(loadWith({ STRONGROOM_ROOT_PIN: 'x' }).tokens[0]?.pinEnv).toBe('STRONGROOM_ROOT_PIN');
    expect(() => loadWith({ STRONGROOM_OTHER_PIN: 'x' })).toThrow('is no known environment');
  });

  it('to be set by environment', () => {
    expect(() => loadConfig({ env: { STRONGROOM_TOKENS: '[]' }, cwd })).toThrow(
      '"STRONGROOM_TOKENS" is no known environment variable',
    );
  });
});

describe('a token that is named by a URI', () => {
  const byUri = (uri: string, members: object = {}) => ({ id: 'root', uri, ...members });
  const root = { module: '/opt/hsm.so', pinFile: '/run/root.pin' };

  it.each<[string, object, object]>([
    ['pkcs11:token=r;serial=1%202', root, { uri: 'pkcs11:token=r;serial=1%202', ...root }],
    [
      'pkcs11:token=r?module-path=/opt/hsm.so&pin-source=file:/run/root.pin',
      {},
      { uri: 'pkcs11:token=r', ...root },
    ],
    [
      'PKCS11:serial=1?pin-source=|/usr/bin/pin',
      { module: '/opt/hsm.so' },
      { module: '/opt/hsm.so', pinCommand: ['/usr/bin/pin'] },
    ],
    ['pkcs11:token=r?module-path=/opt/libHsm.so.1&module-name=hsm', { pinFile: '/p' }, {}],
    [
      'pkcs11:token=r?module-path=/opt/here&module-name=Hsm',
      { pinFile: '/p' },
      { module: '/opt/here/libhsm.so' },
    ],
    [
      'pkcs11:token=r?module-name=p11-kit-client',
      { pinFile: '/p' },
      { module: '/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so' },
    ],
  ])('%s', (uri, members, expected) => {
    const there = [
      '/opt/here/libhsm.so',
      '/opt/here/hsm.so.bak',
      '/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so',
    ];
    const [token] = load([byUri(uri, members)], (path) => there.includes(path)).tokens;
    expect(token).toMatchObject(expected);
    expect(token).not.toHaveProperty('label');
    expect(token?.uri).not.toContain('?');
  });

  it.each<[string, object, string]>([
    ['token=r', root, 'tokens[0].uri must be a URI of at most 2048 characters that begins with'],
    ['pkcs11:object=r', root, 'tokens[0].uri must be a URI (RFC 7512) that names a token: it has'],
    ['pkcs11:token=r?pin-value=91827364', root, 'it has a pin-value, and a PIN is a secret'],
    ['pkcs11:token=r', { pinFile: '/p' }, 'tokens[0] must have the member module'],
    ['pkcs11:token=r', { module: '/m' }, 'tokens[0] must have the member pinFile or'],
    ['pkcs11:token=r?module-path=/m', root, 'must have module or module-path in its uri, not both'],
    ['pkcs11:token=r?module-name=m', root, 'must have module or module-name in its uri, not both'],
    ['pkcs11:token=r?pin-source=/p', root, 'must have pinFile or pin-source in its uri, not both'],
    [
      'pkcs11:token=r?module-path=/opt/libhsm.so&module-name=hs',
      {},
      "tokens[0].uri must not have a module-name that isn't its module-path's file",
    ],
    [
      'pkcs11:token=r?module-path=/opt/twice&module-name=hsm',
      {},
      'tokens[0].uri: both /opt/twice/libhsm.so and /opt/twice/hsm.so are its module-name',
    ],
    [
      'pkcs11:token=r?module-path=/opt/none&module-name=hsm',
      {},
      'tokens[0].uri: there is no library libhsm.so or hsm.so in /opt/none',
    ],
  ])('is refused: %s', (uri, members, message) => {
    const there = ['/opt/twice/libhsm.so', '/opt/twice/hsm.so'];
    const read = () => load([byUri(uri, members)], (path) => there.includes(path));
    expect(read).toThrow(message);
    expect(read).not.toThrow('91827364');
  });

  it('has no command for the PIN where it is not root', () => {
    const uri = 'pkcs11:serial=1?pin-source=|/usr/bin/pin';
    const { serial: _, ...rest } = cluster;
    expect(() => load([{ ...rest, uri }])).toThrow('must not have the member pinCommand');
  });
});

describe('whose a token is', () => {
  const loadFor = (accounts: readonly string[], tokens?: readonly object[]) => {
    const written = JSON.stringify({ accounts, tokens });
    writeFileSync(join(cwd, 'strongroom.yaml'), written);
    return loadConfig({ env: {}, cwd, exists: () => true }).tokens;
  };

  it.each<[string, string[], object[] | undefined, string[]]>([
    ["the only account's without a word", [], [root, cluster], [ACCOUNT]],
    ["the first account's, of the quick start", [OTHER], undefined, [ACCOUNT]],
    ['as it says', [OTHER], [root, { ...cluster, accounts: [OTHER] }], [OTHER]],
  ])('%s', (_, accounts, tokens, expected) => {
    const [first, second] = loadFor(accounts, tokens);
    expect(first).not.toHaveProperty('accounts');
    expect(second?.accounts).toEqual(expected);
  });

  it.each<[string[], object, string]>([
    [[OTHER], cluster, 'tokens: cluster-examplehsm22 must have the member accounts, since'],
    [[], { ...cluster, accounts: [OTHER] }, `must not name the account ${OTHER}`],
    [[], { ...cluster, accounts: [] }, 'accounts must be a list of at least one account id'],
    [[], { ...root, accounts: [ACCOUNT] }, 'tokens: root must not have the member accounts'],
  ])('refused: %j, %j', (accounts, token, message) => {
    expect(() => loadFor(accounts, [token])).toThrow(message);
  });
});

describe('a token that stands behind another one’s store', () => {
  const copy = { id: 'cluster-examplehsm33', module: '/opt/hsm.so', label: 'b' };

  it('names that one, and is nobody’s to claim', () => {
    const tokens = load([root, cluster, { ...copy, memberOf: cluster.id }]).tokens;
    expect(tokens[2]).toMatchObject({ id: copy.id, memberOf: cluster.id });
    expect(tokens[2]).not.toHaveProperty('accounts');
  });

  const wrongName = 'must have as memberOf the id of another token of the list';
  it.each([
    ['none there is', [{ ...copy, memberOf: 'cluster-unknownhsm22' }], wrongName],
    ['itself', [{ ...copy, memberOf: copy.id }], wrongName],
    ['root', [{ ...copy, memberOf: 'root' }], 'memberOf must be'],
    [
      'one that has another itself',
      [
        { ...cluster, memberOf: copy.id },
        { ...copy, memberOf: cluster.id },
      ],
      wrongName,
    ],
    [
      'an account of its own',
      [cluster, { ...copy, memberOf: cluster.id, accounts: [ACCOUNT] }],
      'must not have the member accounts',
    ],
    [
      'a trust anchor of its own',
      [cluster, { ...copy, memberOf: cluster.id, trustAnchor: '/x.crt' }],
      'must not have the member trustAnchor',
    ],
  ])('is refused with %s', (_, tokens, message) => {
    expect(() => load([root, ...tokens])).toThrow(message);
  });

  it('is never the root token', () => {
    expect(() => load([{ ...root, memberOf: cluster.id }, cluster])).toThrow(wrongName);
  });
});
