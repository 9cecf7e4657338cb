import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, roundTrip } from '../support/clients.js';
import { refusedStart } from '../support/refused-start.js';
import { Strongroom } from '../support/strongroom.js';

describe('a second server on a data directory', () => {
  let strongroom: Strongroom;
  beforeEach(async () => {
    strongroom = await Strongroom.start();
  });
  afterEach(() => strongroom.dispose());

  it('refuses with one line, and the first goes on', async () => {
    const client = await strongroom.client();
    const keyId = await makeKey(client);
    // What runs by itself in the first one mustn't be taken for the second's.
    process.kill(strongroom.pid, 'SIGSTOP');
    const { line, changed } = await refusedStart(strongroom).finally(() =>
      process.kill(strongroom.pid, 'SIGCONT'),
    );
    expect(line).toMatch(/another server is running on the data directory/);
    // The first one's memory, shared through a file by SQLite's WAL, is always in motion.
    expect(changed.filter((path) => path !== 'strongroom.sqlite-shm')).toEqual([]);
    await roundTrip(client, keyId);
  });

  it('may start at once when the first was killed', async () => {
    await strongroom.kill();
    await strongroom.start();
    await roundTrip(await strongroom.client(), await makeKey(await strongroom.client()));
  });
});
