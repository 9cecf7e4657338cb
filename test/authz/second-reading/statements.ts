/** Whether a statement speaks of the request. Source: authorization.md §4 and §11. */
import { type Asked, type Caller, type Json, KEY, listOf } from './asked.js';
import { conditionHolds, type Reader } from './conditions.js';
import { entriesOf } from './context.js';
import { excepts, namings } from './principals.js';
import { meanings } from './variables.js';
import { isLike } from './wildcards.js';

export type Kind = 'key' | 'identity' | 'boundary' | 'session';
export type Effect = 'Allow' | 'Deny';

/** The statements of one document that count, with how each names the caller. */
export function speaking(
  kind: Kind,
  effect: Effect,
  asked: Asked,
  caller: Caller,
): readonly string[][] {
  const entries = entriesOf(asked, caller).filter((entry) => kind !== 'key' || !entry.identityOnly);
  const variables = (asked.version ?? '2012-10-17') === '2012-10-17';
  const reader = { entries, effect, variables };
  return (asked[kind] ?? [])
    .filter((statement) => statement.Effect === effect)
    .filter((statement) => onAction(statement, asked.action ?? 'kms:Encrypt'))
    .filter((statement) => onResource(statement, kind, asked.resource ?? KEY, reader))
    .filter((statement) => conditionHolds(statement.Condition, reader))
    .map((statement) => (kind === 'key' ? meant(statement, asked, caller) : ['itself']))
    .filter((names) => names.length > 0);
}

function meant(statement: Json, asked: Asked, caller: Caller): string[] {
  if (!('NotPrincipal' in statement)) return [...namings(statement.Principal, caller)];
  if (statement.Effect === 'Allow') return [];
  return asked.boundary || !excepts(statement.NotPrincipal, caller) ? ['not excepted'] : [];
}

/** A statement without Action, or without Resource, is about nothing; a row leaves them out otherwise. */
function elements(statement: Json, name: 'Action' | 'Resource', usual: unknown) {
  const not = statement[`Not${name}`];
  const negated = not !== undefined && statement[name] === undefined;
  const values = listOf(negated ? not : name in statement ? statement[name] : usual).map(String);
  return { negated, values };
}

function onAction(statement: Json, action: string): boolean {
  const { negated, values } = elements(statement, 'Action', ['kms:*', 'iam:*']);
  if (values.length === 0) return false;
  return values.some((name) => isLike(name.toLowerCase(), action.toLowerCase())) !== negated;
}

/** What can't be told never allows and always denies. */
function onResource(statement: Json, kind: Kind, resource: string, reader: Reader): boolean {
  const { negated, values } = elements(statement, 'Resource', '*');
  if (values.length === 0) return false;
  if (kind === 'session' && values.some(isIncomplete)) return reader.effect === 'Deny';
  let withoutValue = false;
  for (const value of values) {
    const patterns = reader.variables ? meanings(value, reader.entries) : [value];
    if (patterns.length > 1) return reader.effect === 'Deny';
    withoutValue ||= patterns.length === 0;
    const ofIam = kind === 'identity' || kind === 'boundary';
    if (patterns.some((each) => isLike(ofIam ? completed(each) : each, resource))) return !negated;
  }
  return negated && (reader.effect === 'Deny' || !withoutValue);
}

const isIncomplete = (pattern: string) =>
  pattern.startsWith('arn:') && pattern.split(':').length < 6;

/** Identity policies and boundaries may leave out an ARN's last fields. */
function completed(pattern: string): string {
  if (!isIncomplete(pattern)) return pattern;
  const fields = pattern.split(':');
  return [...fields, ...Array<string>(6 - fields.length).fill('*')].join(':');
}
