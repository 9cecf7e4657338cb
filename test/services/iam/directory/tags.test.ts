import { describe, expect, it } from 'vitest';
import { type Tagged, withoutTags, withTags } from '../../../../src/services/iam/directory/tags.js';

const TEAM = { Team: 'x', Other: 'y' };
const add = (kind: Tagged, ...keys: string[]) =>
  withTags(
    kind,
    TEAM,
    keys.map((Key) => ({ Key, Value: 'new' })),
  );

/** Whether `Team` and `team` are one key. Source: IAM User Guide, "Rules for tagging", case sensitivity. */
const IGNORES_CASE: Readonly<Record<Tagged, boolean>> = {
  user: true,
  role: true,
  session: true,
  group: false,
  policy: false,
  'oidc-provider': false,
  'mfa-device': false,
  'instance-profile': false,
};
const kinds = Object.entries(IGNORES_CASE) as [Tagged, boolean][];

describe.each(kinds)('tags of a %s', (kind, ignoresCase) => {
  it('are replaced or added', () => {
    expect(add(kind, 'team')).toEqual(
      ignoresCase ? { Other: 'y', team: 'new' } : { ...TEAM, team: 'new' },
    );
    expect(add(kind, 'Team')).toEqual({ Other: 'y', Team: 'new' });
  });

  it('are removed, if there are any such', () => {
    expect(withoutTags(kind, TEAM, ['team', 'none'])).toEqual(ignoresCase ? { Other: 'y' } : TEAM);
    expect(withoutTags(kind, TEAM, ['Team'])).toEqual({ Other: 'y' });
  });

  it('have no key twice', () => {
    expect(() => add(kind, 'k', 'k')).toThrow('Duplicate tag keys');
    if (ignoresCase) expect(() => add(kind, 'k', 'K')).toThrow('case insensitive');
    else expect(add(kind, 'k', 'K')).toMatchObject({ k: 'new', K: 'new' });
  });

  it('are none of AWS’s own, and no more than 50', () => {
    expect(() => add(kind, 'Aws:k')).toThrow('aws: prefixed');
    const numbered = (count: number) => Array.from({ length: count }, (_, at) => `k${at}`);
    expect(Object.keys(add(kind, ...numbered(48)))).toHaveLength(50);
    expect(() => add(kind, ...numbered(49))).toThrow('maximum limit');
  });
});
