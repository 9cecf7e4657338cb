/** What may never allow more, whatever is asked: another order, a further Deny, a name's twin in other case. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Question, SAMPLE_KEY } from './decisions/decide.js';
import { answer } from './fuzz/agreement.js';
import { keyStatement, questions, statement } from './fuzz/questions.js';

const RUNS = { numRuns: 1000, seed: 20261127 };

type Facts = NonNullable<Question['facts']>;
type Entries = readonly (readonly [string, string])[];

/** The entries of a request and a key whose names callers choose. */
const NAMED: Readonly<
  Record<string, { get: (facts: Facts) => Entries; set: (facts: Facts, to: Entries) => Facts }>
> = {
  encryptionContext: {
    get: ({ encryptionContext }) => Object.entries(encryptionContext ?? {}),
    set: (facts, to) => ({ ...facts, encryptionContext: Object.fromEntries(to) }),
  },
  tags: {
    get: ({ tags }) => [...(tags ?? [])],
    set: (facts, to) => ({ ...facts, tags: new Map(to) }),
  },
  'tags of the key': {
    get: ({ key }) => [...(key?.tags ?? [])],
    set: (facts, to) =>
      facts.key ? { ...facts, key: { ...facts.key, tags: new Map(to) } } : facts,
  },
};

/** Questions that one condition on such a name decides. */
const hinging = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    operator: fc.constantFrom(
      'StringEquals',
      'StringLike',
      'StringNotEquals',
      'StringEqualsIfExists',
    ),
    key: fc.constantFrom('kms:EncryptionContext:a', 'aws:RequestTag/a', 'aws:ResourceTag/A'),
    wanted: fc.constantFrom('red', 'blue'),
    entries: fc.uniqueArray(
      fc.tuple(fc.constantFrom('a', 'A', 'b'), fc.constantFrom('red', 'blue')),
      { minLength: 1, selector: ([name]) => name },
    ),
  })
  .map(({ Effect, operator, key, wanted, entries }): Question => {
    let facts: Facts = { key: SAMPLE_KEY };
    for (const { set } of Object.values(NAMED)) facts = set(facts, entries);
    const always = Effect === 'Deny' ? [{ Effect: 'Allow' }] : [];
    const condition = { Effect, Condition: { [operator]: { [key]: wanted } } };
    return { on: 'identity', identity: [...always, condition], facts };
  });
const asked = fc.oneof(questions, hinging);

/** Every list and object of the question the other way round. */
function reversed(question: Question): Question {
  const { facts = {} } = question;
  let turned = facts;
  for (const { get, set } of Object.values(NAMED)) {
    if (get(facts).length > 0) turned = set(turned, get(facts).toReversed());
  }
  const lists = (['key', 'identity', 'boundary', 'session'] as const).flatMap((kind) => {
    const statements = question[kind];
    return statements ? [[kind, statements.toReversed()]] : [];
  });
  return { ...question, ...Object.fromEntries(lists), facts: turned };
}

it('the order of members, tags and statements decides nothing', () => {
  fc.assert(
    fc.property(asked, (question) => {
      expect(answer(reversed(question))).toBe(answer(question));
    }),
    RUNS,
  );
});

const denial = fc.oneof(
  fc.record({ kind: fc.constant('key' as const), more: keyStatement }),
  fc.record({
    kind: fc.constantFrom('identity' as const, 'boundary' as const, 'session' as const),
    more: statement,
  }),
);

it('a further Deny in any policy never allows more', () => {
  fc.assert(
    fc.property(questions, denial, (question, { kind, more }) => {
      if (answer(question) === 'allowed') return;
      const statements = [...(question[kind] ?? []), { ...more, Effect: 'Deny' }];
      expect(answer({ ...question, [kind]: statements })).not.toBe('allowed');
    }),
    RUNS,
  );
});

/** A list of names has one more with every twin, so conditions on it may change as they like. */
const asksForLists = (question: Question) =>
  /tagkeys|encryptioncontextkeys/i.test(JSON.stringify(question));

it.each(Object.entries(NAMED))(
  'a twin in other case among the %s never allows more',
  (_, named) => {
    const { get, set } = named;
    let grown = 0;
    fc.assert(
      fc.property(asked, fc.constantFrom('red', 'blue', 'alice', ''), (question, value) => {
        const entries = get(question.facts ?? {});
        const [first] = entries;
        if (!first || asksForLists(question) || answer(question) === 'allowed') return;
        const twin = `${first[0].slice(0, -1)}${other(first[0].slice(-1))}`;
        if (entries.some(([name]) => name === twin)) return;
        grown += 1;
        for (const more of [
          [...entries, [twin, value]],
          [[twin, value], ...entries],
        ]) {
          const facts = set(question.facts ?? {}, more as Entries);
          expect(answer({ ...question, facts })).not.toBe('allowed');
        }
      }),
      RUNS,
    );
    expect(grown).toBeGreaterThan(RUNS.numRuns / 20);
  },
);

function other(letter: string): string {
  return letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
}
