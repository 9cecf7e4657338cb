/** Reads of PromQL what our own queries are made of: selectors, functions, and groupings by labels. */

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly {
    readonly label: string;
    readonly operator: string;
    readonly value: string;
  }[];
}

export interface Query {
  readonly selectors: readonly Selector[];
  /** Labels behind `by`. */
  readonly groupings: readonly string[];
}

const OPERATORS = new Set(['and', 'or', 'unless']);
const FUNCTIONS = new Set([
  'absent',
  'histogram_quantile',
  'increase',
  'max',
  'min',
  'rate',
  'sum',
  'time',
]);
const GROUPING = /\bby\s*\(([^)]*)\)/g;
const SELECTOR = /([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}/g;
const RANGE = /\[[^\]]*\]/g;
const WORD = /(?<![\w.])[a-zA-Z_:][\w:]*/g;
const MATCHER = /\s*(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"\s*(?:,|$)/y;

/** @throws Error for brackets without their like, an unknown function, what is no matcher */
export function readPromql(text: string): Query {
  requireBalance(text);
  const groupings: string[] = [];
  const selectors: Selector[] = [];
  const rest = text
    .replace(RANGE, ' ')
    .replace(GROUPING, (_, labels: string) => {
      groupings.push(...labels.split(',').map((label) => label.trim()));
      return ' ';
    })
    .replace(SELECTOR, (_, metric: string, matchers: string) => {
      selectors.push({ metric, matchers: readMatchers(matchers) });
      return ' ';
    });
  for (const { 0: word, index } of rest.matchAll(WORD)) {
    if (OPERATORS.has(word)) continue;
    const isCall = /^\s*\(/.test(rest.slice(index + word.length));
    if (!isCall) selectors.push({ metric: word, matchers: [] });
    else if (!FUNCTIONS.has(word)) throw new Error(`${word} is no function that is read here`);
  }
  return { selectors, groupings };
}

function readMatchers(text: string): Selector['matchers'][number][] {
  const matchers: Selector['matchers'][number][] = [];
  MATCHER.lastIndex = 0;
  while (MATCHER.lastIndex < text.length) {
    const [, label, operator, value] = MATCHER.exec(text) ?? [];
    if (label === undefined || operator === undefined || value === undefined) {
      throw new Error(`these are no matchers: ${text}`);
    }
    matchers.push({ label, operator, value });
  }
  return matchers;
}

function requireBalance(text: string): void {
  const open: string[] = [];
  const closes: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  for (const character of text.replace(/"[^"]*"/g, '')) {
    if ('([{'.includes(character)) open.push(character);
    if (')]}'.includes(character) && open.pop() !== closes[character]) {
      throw new Error(`${character} closes nothing in ${text}`);
    }
  }
  if (open.length > 0) throw new Error(`${open.join(' ')} is open in ${text}`);
}
