import { describe, expect, it } from 'vitest';
import { decide, type TokenFacts } from '../../../native-setup/softhsm/cases.js';

const VALUES = {
  token: ['none', 'one', 'several'],
  userPin: ['set', 'unset'],
  pinFile: ['present', 'missing'],
  serial: ['unrecorded', 'same', 'other'],
  database: ['present', 'absent'],
  role: ['root', 'cluster'],
} as const;

const ALL: TokenFacts[] = VALUES.token.flatMap((token) =>
  VALUES.userPin.flatMap((userPin) =>
    VALUES.pinFile.flatMap((pinFile) =>
      VALUES.serial.flatMap((serial) =>
        VALUES.database.flatMap((database) =>
          VALUES.role.map((role) => ({ token, userPin, pinFile, serial, database, role })),
        ),
      ),
    ),
  ),
);

describe('over every combination of facts', () => {
  it('a token is made only where none is, none was, and no database is', () => {
    const made = ALL.filter((facts) => decide(facts).action === 'make');
    expect(made.length).toBeGreaterThan(0);
    for (const facts of made) {
      expect(facts).toMatchObject({ token: 'none', database: 'absent' });
      expect(facts.serial).not.toBe('other');
    }
  });

  it('a token is kept only when it is the one, with its PIN', () => {
    const kept = ALL.filter((facts) => decide(facts).action === 'keep');
    expect(kept.length).toBeGreaterThan(0);
    for (const facts of kept) {
      expect(facts).toMatchObject({ token: 'one', userPin: 'set', pinFile: 'present' });
      expect(facts.serial).not.toBe('other');
    }
  });

  it('the root token is never left alone', () => {
    const left = ALL.filter((facts) => decide(facts).action === 'leave alone');
    expect(left.length).toBeGreaterThan(0);
    for (const facts of left) {
      expect(facts).toMatchObject({ role: 'cluster', token: 'none', pinFile: 'missing' });
    }
  });
});
