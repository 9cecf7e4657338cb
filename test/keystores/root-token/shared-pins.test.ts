/** What the servers of a database know together of the root token's PINs. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, migrate, openDatabase } from '../../../src/db/database.js';
import { wallClock } from '../../../src/kernel/time.js';
import { type PinAttempt, PinMemory } from '../../../src/keystores/root-token/pin-memory.js';
import { RefusedPin } from '../../../src/keystores/root-token/refused-pin.js';
import { SharedPins } from '../../../src/keystores/root-token/shared-pins.js';
import { PinTries } from '../../../src/services/kms/stores/pin-tries.js';

/** In the place of one that takes long. */
const digestOf = (pin: Buffer) => createHash('sha256').update(pin).digest();
const PIN = Buffer.from('1234-5678');
/** Of which the octet that is kept is another. */
const OTHER = Buffer.from('8765-4321');
const SILENCE_MS = 1000;
const wanted = () => false;

it('two PINs are told apart by the octet that is kept of them', () => {
  expect(digestOf(PIN)[0]).not.toBe(digestOf(OTHER)[0]);
});

// How servers of each kind of database come one after the other is shown of stores' passwords.
describe('servers of one database', () => {
  let dir: string;
  let database: Database;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'strongroom-pins-'));
    database = await openDatabase({ url: `sqlite:${join(dir, 'shared.sqlite')}` });
    await migrate(database);
  });
  beforeEach(async () => {
    for (const table of ['pin_tries', 'refused_pins']) await database(table).delete();
  });
  afterEach(async () => {
    for (const name of ['a', 'b', 'c']) {
      await rm(join(dir, name), { recursive: true, force: true });
    }
  });
  afterAll(async () => {
    await database.destroy();
    await rm(dir, { recursive: true, force: true });
  });

  /** A data directory, and its memory of a process that runs on it. */
  async function server(nodeId: string, incarnation = 'first') {
    const dataDir = join(dir, nodeId);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const owner = { nodeId, incarnation };
    const clock = wallClock();
    const tries = new PinTries({ database, owner, wallClock: clock, silenceMs: SILENCE_MS });
    const own = new RefusedPin(dataDir, 'root');
    const memory = new PinMemory(own, new SharedPins(tries, digestOf));
    return {
      own,
      memory,
      begin: (pin = PIN) => memory.begin(pin, wanted),
      attempt: async (pin = PIN) => {
        const begun = await memory.begin(pin, wanted);
        if ('why' in begun) throw new Error(begun.why);
        return begun;
      },
    };
  }

  const kept = async () => {
    const tables = ['pin_tries', 'refused_pins'].map((table) => database(table).select());
    const rows = (await Promise.all(tables)).flat();
    return rows.map(({ token_id: id, password_digest: digest }) => [id, digest.length]);
  };

  it('a PIN that the token refuses is tried by one, and a good one by each', async () => {
    const [one, two] = [await server('a'), await server('b')];
    const tried = await one.attempt();
    expect(await kept()).toEqual([['root', 2]]);
    const waiting = two.begin();
    await tried.end('refused', wanted);
    expect(await waiting).toEqual({
      why: 'refused',
      remedy: `make the file ${two.own.consentFile}`,
    });
    expect(await kept()).toEqual([['root', 64]]);
    // The other directory has not taken it for tried.
    expect(await two.own.standing(PIN)).toBe('untried');
    await (await two.attempt(OTHER)).end('good', wanted);
    expect(await kept()).toEqual([['root', 2]]);
    // Nobody's to wait for, and nothing to be remembered of before it is tried.
    await one.attempt(OTHER);
    expect(await one.own.standing(OTHER)).toBe('untried');
    await two.attempt(OTHER);
  });

  it('what nobody knows counts as refused, of which an octet is kept', async () => {
    const [one, two] = [await server('a'), await server('b')];
    await (await one.attempt()).end('unknown', wanted);
    expect(await kept()).toEqual([['root', 2]]);
    expect(await two.begin()).toMatchObject({ why: 'refused' });
    await (await two.attempt(OTHER)).end('untried', wanted);
    expect(await kept()).toEqual([['root', 2]]);
  });

  it('so does the try of a server that was killed, but for a PIN that is known to be right', async () => {
    const [one, two, three] = [await server('a'), await server('b'), await server('c')];
    await three.own.prove(PIN);
    await one.attempt();
    // Not held up by the one that is being tried.
    const ends = await three.attempt();
    const again = await server('a', 'second');
    await again.own.forget();
    expect(await again.begin()).toMatchObject({ why: 'refused' });
    expect(await two.begin()).toMatchObject({ why: 'refused' });
    const proven = await three.attempt();
    await ends.end('untried', wanted);
    await proven.end('good', wanted);
    expect(await kept()).toEqual([['root', 2]]);
    await (await two.attempt()).end('good', wanted);
  });

  it('a PIN that was right is refused after all when the token has said so', async () => {
    const [one, two] = [await server('a'), await server('b')];
    await Promise.all([one, two].map(({ own }) => own.prove(PIN)));
    await (await one.attempt()).end('good', wanted);
    await one.memory.refusedLater(PIN, 'refused');
    expect(await two.begin()).toMatchObject({ why: 'refused' });
    // Whether it was refused isn't known of it: then it is tried on.
    await (await two.attempt(OTHER)).end('good', wanted);
    await one.memory.refusedLater(PIN, 'unknown');
    await two.attempt();
  });

  it('a login that takes long ends well, though the others took it for lost', async () => {
    const [one, two] = [await server('a'), await server('b')];
    // As a server that is stopped for a while: it says nothing, and then goes on.
    const tried: PinAttempt = await one.attempt();
    await database('pin_tries').update({ incarnation: 'stopped' });
    expect(await two.begin()).toMatchObject({ why: 'refused' });
    await tried.end('good', wanted);
    await (await two.attempt()).end('good', wanted);
  });

  it('an operator’s word has a refused one tried once more', async () => {
    const [one, two] = [await server('a'), await server('b')];
    await (await one.attempt()).end('refused', wanted);
    for (const by of [one, two]) {
      await writeFile(by.own.consentFile, '');
      await (await by.attempt()).end('refused', wanted);
      expect(await one.begin()).toMatchObject({ why: 'refused' });
      expect(await two.begin()).toMatchObject({ why: 'refused' });
    }
  });
});
