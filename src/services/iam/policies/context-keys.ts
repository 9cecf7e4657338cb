import { parseUniqueJson } from '../../../kernel/unique-json.js';

const VARIABLE = /\$\{([^}$,]+?)\s*(?:,[^}]*)?\}/g;
/** Stand for the characters themselves. Source: IAM User Guide, "IAM policy elements: Variables and tags". */
const CHARACTERS: ReadonlySet<string> = new Set(['*', '?', '$']);

/**
 * The condition keys that a policy document asks for, by conditions and by variables, as it spells them:
 * each once, names without regard to case, in the order in which they stand there.
 */
export function contextKeysIn(texts: readonly string[]): string[] {
  const found = new Map<string, string>();
  const note = (key: string) => {
    if (!found.has(key.toLowerCase())) found.set(key.toLowerCase(), key);
  };
  for (const text of texts) {
    for (const statement of statementsOf(parseUniqueJson(text))) noteKeys(statement, note);
  }
  return [...found.values()];
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

function statementsOf(document: unknown): Members[] {
  return [membersOf(document).Statement].flat().map(membersOf);
}

function noteKeys(statement: Members, note: (key: string) => void): void {
  const { Condition: conditions, Resource: resource, NotResource: others } = statement;
  noteVariables([resource, others], note);
  for (const keys of Object.values(membersOf(conditions))) {
    for (const [key, values] of Object.entries(membersOf(keys))) {
      note(key);
      noteVariables([values], note);
    }
  }
}

function noteVariables(values: readonly unknown[], note: (key: string) => void): void {
  for (const value of values.flat()) {
    if (typeof value !== 'string') continue;
    for (const [, key = ''] of value.matchAll(VARIABLE)) if (!CHARACTERS.has(key)) note(key);
  }
}
