/**
 * Text patterns of policies: `*` any run, `?` one character, `${key}` a value of the request context.
 * Source: IAM User Guide, "IAM policy elements: variables and tags"; authorization.md §4 and §6.
 */
import { hasSource } from './known-keys.js';
import { type ConditionContext, Variants } from './request.js';

/** A piece of a pattern: code units, `ANY`, `RUN`. */
export type Piece = readonly number[];

/**
 * Why a pattern says nothing of a request: a variable has no value there; or several that can't be
 * told apart, or none that it could ever have.
 */
export type Unresolved = 'no-value' | 'unclear';

const ANY = -1;
const RUN = -2;

interface Variable {
  /** Lower case. */
  readonly key: string;
  /** Whether a request can have it. */
  readonly known: boolean;
  readonly fallback: string | undefined;
}

export interface Pattern {
  /** Pieces and variables in order; a pattern without variables is one piece. */
  readonly parts: readonly (Piece | Variable)[];
  /** The whole text, where it has neither wildcards nor variables. */
  readonly literal: string | undefined;
}

export interface PatternRules {
  /** Whether `*` and `?` are wildcards. */
  readonly wildcards: boolean;
  /** Whether `${…}` is a variable: version 2012-10-17 only. */
  readonly variables: boolean;
}

/** A pattern with its variables' values, in code units; a longer one can't be told. */
const MAX_RESOLVED = 16_384;

const LITERALS: Readonly<Record<string, string>> = { '*': '*', '?': '?', $: '$' };
const NAME = /^[A-Za-z0-9:/_+=.@-]{1,512}$/;

export function compilePattern(text: string, rules: PatternRules): Pattern {
  const parts: (Piece | Variable)[] = [];
  let piece: number[] = [];
  let literal = true;
  for (let at = 0; at < text.length; at += 1) {
    const variable = rules.variables ? variableAt(text, at) : undefined;
    if (variable) {
      at = variable.end;
      if (variable.literal !== undefined) {
        piece.push(variable.literal.charCodeAt(0));
        literal = false;
        continue;
      }
      const { key, fallback } = variable;
      parts.push(piece, { key, known: hasSource(key), fallback });
      piece = [];
      literal = false;
      continue;
    }
    const code = text.charCodeAt(at);
    if (rules.wildcards && (code === 42 || code === 63)) {
      literal = false;
      // Several stars in a row are one.
      if (code === 63) piece.push(ANY);
      else if (piece.at(-1) !== RUN) piece.push(RUN);
    } else piece.push(code);
  }
  parts.push(piece);
  return { parts, literal: literal ? text : undefined };
}

/** The keys of the variables in a text, in lower case. */
export function variablesIn(text: string): readonly string[] {
  const { parts } = compilePattern(text, { wildcards: false, variables: true });
  return parts.flatMap((part) => ('key' in part ? part.key : []));
}

function variableAt(text: string, at: number) {
  if (text.charCodeAt(at) !== 36 || text.charCodeAt(at + 1) !== 123) return undefined;
  const end = text.indexOf('}', at + 2);
  if (end === -1) return undefined;
  const inside = text.slice(at + 2, end);
  const literal = Object.hasOwn(LITERALS, inside) ? LITERALS[inside] : undefined;
  const comma = inside.indexOf(',');
  const name = (comma === -1 ? inside : inside.slice(0, comma)).trim();
  const fallback = comma === -1 ? undefined : unquoted(inside.slice(comma + 1).trim());
  // What isn't a variable's name can't be resolved: the empty key never is.
  return { end, literal, key: NAME.test(name) ? name.toLowerCase() : '', fallback };
}

function unquoted(text: string): string | undefined {
  return text.length >= 2 && text.startsWith("'") && text.endsWith("'")
    ? text.slice(1, -1)
    : undefined;
}

/** Whether the whole text matches. */
export function matchesPattern(
  pattern: Pattern,
  text: string,
  context: ConditionContext,
): boolean | Unresolved {
  if (pattern.literal !== undefined) return pattern.literal === text;
  const piece = resolvePattern(pattern, context);
  return typeof piece === 'string' ? piece : matchesPiece(piece, text, context);
}

/** The pattern's text with its variables' values. */
export function patternText(
  pattern: Pattern,
  context: ConditionContext,
): { readonly text: string } | Unresolved {
  if (pattern.literal !== undefined) return { text: pattern.literal };
  const piece = resolvePattern(pattern, context);
  if (typeof piece === 'string') return piece;
  const units = piece.map((code) =>
    code === RUN ? '*' : code === ANY ? '?' : String.fromCharCode(code),
  );
  return { text: units.join('') };
}

export function hasVariables({ parts }: Pattern): boolean {
  return parts.some((part) => 'key' in part);
}

/** The pattern with its variables' values, in which `*` and `?` are no wildcards. */
export function resolvePattern({ parts }: Pattern, context: ConditionContext): Piece | Unresolved {
  const [only] = parts;
  if (parts.length === 1 && only && !('key' in only)) return only;
  const codes: number[] = [];
  for (const part of parts) {
    if (!('key' in part)) {
      for (const code of part) codes.push(code);
      continue;
    }
    const found = context.get(part.key);
    if (found instanceof Variants || (found === undefined && !part.known)) return 'unclear';
    const value = found ?? part.fallback;
    // A multi-valued key has no value here, not even its default.
    if (typeof value !== 'string') return 'no-value';
    if (codes.length + value.length > MAX_RESOLVED) return 'unclear';
    for (let at = 0; at < value.length; at += 1) codes.push(value.charCodeAt(at));
  }
  return codes;
}

/**
 * Greedy with one point to come back to: the last star. Its steps, at worst the product of both
 * lengths, are those of the context.
 */
export function matchesPiece(
  codes: Piece,
  text: string,
  { steps }: Pick<ConditionContext, 'steps'>,
): boolean | 'unclear' {
  let at = 0;
  let position = 0;
  let star = -1;
  let starPosition = 0;
  while (position < text.length) {
    if (steps?.spend(1) === false) return 'unclear';
    const code = codes[at];
    if (code === RUN) {
      star = at;
      starPosition = position;
      at += 1;
      if (at === codes.length) return true;
    } else if (code === ANY || code === text.charCodeAt(position)) {
      at += 1;
      position += 1;
    } else if (star !== -1) {
      at = star + 1;
      starPosition += 1;
      position = starPosition;
    } else return false;
  }
  while (codes[at] === RUN) at += 1;
  return at === codes.length;
}
