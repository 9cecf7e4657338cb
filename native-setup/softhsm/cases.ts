/** What is found of one token before anything is changed. */
export interface TokenFacts {
  /** How many tokens bear its label. */
  readonly token: 'none' | 'one' | 'several';
  readonly userPin: 'set' | 'unset';
  readonly pinFile: 'present' | 'missing';
  /** The serial noted when the token was finished, against that of the token found (if any). */
  readonly serial: 'unrecorded' | 'same' | 'other';
  /** Whether a database exists that may hold keys of this token, or keys sealed by it. */
  readonly database: 'present' | 'absent';
  readonly role: 'root' | 'cluster';
}

export type TokenDecision =
  | { readonly action: 'make' | 'keep' | 'leave alone' }
  | { readonly action: 'refuse'; readonly reason: string };

interface TokenCase {
  readonly when: Partial<TokenFacts>;
  readonly decision: TokenDecision;
}

/**
 * Every case, read from the top: the first row whose `when` holds decides. `make` appears once, in
 * the row where nothing can be lost: no token, none was ever finished, and no database. There a
 * PIN file may stand from a run that was killed, and is used again. `keep` supplies what is
 * missing around a token (trust anchor, serial record) and never touches the token.
 */
const CASES: readonly TokenCase[] = [
  {
    when: { token: 'several' },
    decision: refuse('more than one token bears this label; remove the one that is not in use'),
  },
  {
    when: { token: 'one', serial: 'other' },
    decision: refuse('the token is not the one that was set up here (its serial differs)'),
  },
  {
    when: { token: 'one', userPin: 'unset' },
    decision: refuse(
      'the token was not made by Strongroom and has no user PIN; set one or remove it',
    ),
  },
  {
    when: { token: 'one', pinFile: 'missing' },
    decision: refuse('the token exists but its PIN file is missing; restore the file'),
  },
  { when: { token: 'one' }, decision: { action: 'keep' } },
  {
    when: { serial: 'other' },
    decision: refuse('the token that was set up here is missing; restore it from a backup'),
  },
  {
    when: { database: 'present', role: 'root' },
    decision: refuse('the token of this database is missing; restore it from a backup'),
  },
  {
    when: { database: 'present', pinFile: 'present' },
    decision: refuse('its PIN file exists but the token is missing; restore it from a backup'),
  },
  { when: { database: 'present' }, decision: { action: 'leave alone' } },
  { when: {}, decision: { action: 'make' } },
];

/** What to do about one token. Pure: it reads the table above and nothing else. */
export function decide(facts: TokenFacts): TokenDecision {
  const found = CASES.find(({ when }) =>
    Object.entries(when).every(([fact, value]) => facts[fact as keyof TokenFacts] === value),
  );
  return found?.decision ?? refuse('its state is not known');
}

function refuse(reason: string): TokenDecision {
  return { action: 'refuse', reason };
}
