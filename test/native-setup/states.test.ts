import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { softHsmLayout, tokenDirectoryExists } from '../../native-setup/softhsm/layout.js';
import {
  CLUSTER,
  freshDataDir,
  logIn,
  makeTokens,
  pkcs11Tool,
  REQUEST,
  snapshot,
  tokensSeen,
} from './data-directory.js';

type Change = (dataDir: string) => void | Promise<void>;

let parent: string;
let complete: string;

beforeAll(async () => {
  parent = mkdtempSync(path.join(tmpdir(), 'strongroom-complete-'));
  complete = path.join(parent, 'data');
  await makeTokens(complete);
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** A complete data directory, moved to a new place and then changed. */
async function changed(...changes: readonly Change[]): Promise<string> {
  const dataDir = freshDataDir();
  cpSync(complete, dataDir, { recursive: true, preserveTimestamps: true });
  await makeTokens(dataDir);
  for (const change of changes) {
    await change(dataDir);
  }
  return dataDir;
}

const remove =
  (...names: readonly string[]): Change =>
  (dataDir) => {
    for (const name of names) {
      rmSync(path.join(dataDir, name));
    }
  };

const write =
  (name: string, content: string): Change =>
  (dataDir) => {
    writeFileSync(path.join(dataDir, name), content);
  };

const database = write('strongroom.sqlite', '');

const loseToken =
  (id: string): Change =>
  (dataDir) => {
    const { tokensDir } = softHsmLayout(dataDir);
    const serial = readFileSync(path.join(dataDir, 'softhsm', `${id}.serial`), 'utf8');
    const name = readdirSync(tokensDir).find((entry) => entry.replaceAll('-', '').endsWith(serial));
    rmSync(path.join(tokensDir, name ?? 'not found'), { recursive: true });
  };

const addSecondRoot: Change = async (dataDir) => {
  const other = freshDataDir();
  await makeTokens(other, { ...REQUEST, tokens: [{ id: 'root' }] });
  const from = softHsmLayout(other).tokensDir;
  for (const name of readdirSync(from)) {
    renameSync(path.join(from, name), path.join(softHsmLayout(dataDir).tokensDir, name));
  }
};

const initialiseRootWithoutUserPin: Change = (dataDir) => {
  const listing = pkcs11Tool(dataDir, ['--list-slots']);
  const free = /Slot \d+ \((0x[0-9a-f]+)\)[^\n]*\n\s+token state:\s+uninitialized/.exec(listing);
  const slot = free?.[1] ?? 'not found';
  pkcs11Tool(dataDir, ['--init-token', '--slot', slot, '--label', 'root', '--so-pin', '12345678']);
};

const ROOT_LOST = [loseToken('root'), remove('softhsm/root.serial')];
const CLUSTER_LOST = [loseToken(CLUSTER), remove(`softhsm/${CLUSTER}.serial`)];

describe('set-up that could lose something is refused and changes nothing', () => {
  it.each<[string, RegExp, readonly Change[]]>([
    ['the PIN file of the root token is missing', /PIN file is missing/, [remove('root.pin')]],
    ['the PIN file of the cluster token is missing', /PIN file is m/, [remove(`${CLUSTER}.pin`)]],
    ['the PIN file holds no PIN', /does not hold a PIN/, [write('root.pin', '')]],
    ['a finished root token is gone', /missing; restore/, [loseToken('root')]],
    ['a finished cluster token is gone', /missing; restore/, [loseToken(CLUSTER)]],
    ['a database has no root token', /of this database is missing/, [...ROOT_LOST, database]],
    [
      'a database has no root token nor its PIN file',
      /of this database is missing/,
      [...ROOT_LOST, remove('root.pin'), database],
    ],
    [
      'a database has a cluster token PIN file only',
      /token is missing/,
      [...CLUSTER_LOST, database],
    ],
    ['another token has the label', /its serial differs/, [loseToken('root'), addSecondRoot]],
    ['two tokens have the label', /more than one token/, [addSecondRoot]],
    ['the token has no user PIN', /no user PIN/, [...ROOT_LOST, initialiseRootWithoutUserPin]],
  ])('%s', async (_, reason, changes) => {
    const dataDir = await changed(...changes);
    const before = snapshot(dataDir);
    const ended = await makeTokens(dataDir);
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toEqual({ error: expect.stringMatching(reason) });
    expect(snapshot(dataDir)).toEqual(before);
  });

  it('the PIN file of a token never finished holds another PIN', async () => {
    const right = readFileSync(path.join(complete, 'root.pin'), 'utf8');
    const dataDir = await changed(remove('softhsm/root.serial'), write('root.pin', 'another1PIN'));
    const ended = await makeTokens(dataDir);
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toEqual({ error: expect.stringMatching(/does not open/) });
    expect(readFileSync(path.join(dataDir, 'root.pin'), 'utf8')).toBe('another1PIN');
    writeFileSync(path.join(dataDir, 'root.pin'), right);
    logIn(dataDir, 'root');
  });

  it('a database elsewhere already exists', async () => {
    const dataDir = freshDataDir();
    const ended = await makeTokens(dataDir, { ...REQUEST, databaseExists: true });
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toEqual({ error: expect.stringMatching(/token root/) });
    expect(tokensSeen(dataDir)).toEqual([]);
  });
});

describe('what is missing around a token is supplied, and the token stays', () => {
  it.each<[string, string, readonly Change[]]>([
    ['its serial record', 'softhsm/root.serial', [remove('softhsm/root.serial')]],
    ['its trust anchor', `${CLUSTER}.crt`, [remove(`${CLUSTER}.crt`)]],
    ['its trust anchor, beside a database', `${CLUSTER}.crt`, [remove(`${CLUSTER}.crt`), database]],
    ['the configuration', 'softhsm/softhsm2.conf', [remove('softhsm/softhsm2.conf')]],
  ])('%s', async (_, name, changes) => {
    const dataDir = await changed(...changes);
    expect((await makeTokens(dataDir)).code).toBe(0);
    expect([...snapshot(dataDir).keys()]).toContain(name);
    expect(tokensSeen(dataDir)).toEqual(tokensSeen(complete));
    logIn(dataDir, 'root');
  });

  it('beside a database, a cluster token that never was here is left alone', async () => {
    const dataDir = await changed(...CLUSTER_LOST, remove(`${CLUSTER}.pin`), database);
    const before = snapshot(dataDir);
    expect(JSON.parse((await makeTokens(dataDir)).stdout)).toEqual({
      tokens: [
        { id: 'root', outcome: 'kept' },
        { id: CLUSTER, outcome: 'left alone' },
      ],
    });
    expect(snapshot(dataDir)).toEqual(before);
  });

  it('without a database, a PIN file that stands alone becomes the PIN of the new token', async () => {
    const dataDir = freshDataDir();
    await makeTokens(dataDir, { ...REQUEST, tokens: [] });
    writeFileSync(path.join(dataDir, 'root.pin'), 'chosenByTheOperator1\n');
    expect((await makeTokens(dataDir)).code).toBe(0);
    expect(readFileSync(path.join(dataDir, 'root.pin'), 'utf8')).toBe('chosenByTheOperator1\n');
    pkcs11Tool(dataDir, [
      ...['--token-label', 'root', '--login', '--pin', 'chosenByTheOperator1', '--list-objects'],
    ]);
  });

  it('the operator’s other lines of softhsm2.conf are kept when the directory moves', async () => {
    const dataDir = await changed((directory) => {
      appendFileSync(softHsmLayout(directory).configurationFile, '# kept\n');
    });
    const moved = freshDataDir();
    renameSync(path.dirname(dataDir), path.dirname(moved));
    expect((await makeTokens(moved)).code).toBe(0);
    const { configurationFile, tokensDir } = softHsmLayout(moved);
    const text = readFileSync(configurationFile, 'utf8');
    expect(text).toContain('# kept\n');
    expect(text).toContain(`directories.tokendir = ${tokensDir}\n`);
    expect(tokenDirectoryExists(softHsmLayout(moved), tokensSeen(complete)[1]?.serial ?? '')).toBe(
      true,
    );
  });
});
