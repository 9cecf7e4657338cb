/** A statement's Condition. Source: authorization.md §6; recorded-iam.md §1. */
import { type Json, listOf } from './asked.js';
import { type Entry, entriesNamed, isInvented } from './context.js';
import { arn, COMPARE, type Comparison, NEGATED } from './operators.js';
import { meanings } from './variables.js';

/** `broken`: an Allow doesn't allow, and a Deny denies. */
export type Truth = 'yes' | 'no' | 'broken';

export interface Reader {
  readonly entries: readonly Entry[];
  readonly effect: 'Allow' | 'Deny';
  /** Documents of version 2012-10-17 have variables. */
  readonly variables: boolean;
}

interface Test {
  readonly compare: string;
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly set: string;
  readonly wanted: readonly string[];
}

/** Whether all lines of the Condition let the statement count. */
export function conditionHolds(condition: unknown, reader: Reader): boolean {
  const lines = Object.entries((condition ?? {}) as Json).flatMap(([operator, keys]) =>
    Object.entries(keys as Json).map(([key, values]) => line(operator, key, values, reader)),
  );
  if (lines.includes('broken')) return reader.effect === 'Deny';
  return !lines.includes('no');
}

function line(operator: string, key: string, values: unknown, reader: Reader): Truth {
  if (isInvented(key)) return 'broken';
  const name = operator.toLowerCase();
  const wanted = listOf(values).map(String);
  const found = entriesNamed(reader.entries, key).filter(
    ({ value }) => value.length > 0 || value === '',
  );
  if (name === 'null') {
    return (found.length === 0) === (wanted[0]?.toLowerCase() === 'true') ? 'yes' : 'no';
  }
  const [, set = '', bare = '', ifExists] =
    /^(?:(foranyvalue|forallvalues):)?(.*?)(ifexists)?$/.exec(name) ?? [];
  const compare = NEGATED[bare] ?? bare;
  if (!COMPARE[compare]) return 'broken';
  const test = { compare, negated: bare in NEGATED, ifExists: ifExists !== undefined, set, wanted };
  if (found.length === 0) return absent(test);
  return amongTwins(
    found.map(({ value }) => present(test, value, reader)),
    reader,
  );
}

function absent({ negated, ifExists, set }: Test): Truth {
  if (ifExists || set === 'forallvalues') return 'yes';
  return negated && set === '' ? 'yes' : 'no';
}

/** Entries whose names differ by case only: an Allow must hold for each, a Deny for any. */
function amongTwins(truths: readonly Truth[], { effect }: Reader): Truth {
  if (truths.includes('broken')) return 'broken';
  if (effect === 'Deny') return truths.includes('yes') ? 'yes' : 'no';
  return truths.includes('no') ? 'no' : 'yes';
}

function present(test: Test, value: string | readonly string[], reader: Reader): Truth {
  const { set } = test;
  if (set === '') return typeof value === 'string' ? single(test, value, reader) : 'no';
  const truths = listOf(value).map((each) => single(test, String(each), reader));
  if (truths.includes('broken')) return 'broken';
  const holds = set === 'foranyvalue' ? truths.includes('yes') : !truths.includes('no');
  return holds ? 'yes' : 'no';
}

/** The policy's values in turn, up to the first that matches. */
function single({ compare, negated, wanted }: Test, value: string, reader: Reader): Truth {
  let neither = false;
  for (const template of wanted) {
    const comparison = compared(compare, templateMeanings(compare, template, reader), value);
    if (comparison === 'broken') return 'broken';
    if (comparison === 'match') return negated ? 'no' : 'yes';
    neither ||= comparison === 'neither';
  }
  return negated && !neither ? 'yes' : 'no';
}

function compared(compare: string, wanted: readonly string[], value: string): Comparison {
  const [only] = wanted;
  if (only === undefined) return compare.startsWith('arn') && !arn(value) ? 'neither' : 'other';
  return wanted.length > 1 ? 'broken' : (COMPARE[compare]?.(only, value) ?? 'broken');
}

function templateMeanings(compare: string, template: string, reader: Reader): readonly string[] {
  const may = reader.variables && /^(string|arn|bool)/.test(compare);
  return may ? meanings(template, reader.entries) : [template];
}
