/**
 * Where the statements of a policy document stand in its text, as simulations show it. A statement
 * begins behind the bracket of the list or the statement before it, and one that is in no list behind
 * its own; it ends behind its last bracket. Lines and columns count from 1.
 * Source: AWS CLI's examples of simulate-custom-policy and simulate-principal-policy.
 */

export interface Position {
  readonly Line: number;
  readonly Column: number;
}

export interface StatementPosition {
  readonly StartPosition: Position;
  readonly EndPosition: Position;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|\r\n|[\r\n{}[\]]/g;

/**
 * @param text JSON whose structure has been checked
 * @returns by the statements' order; empty where there is no statement
 */
export function statementPositions(text: string): StatementPosition[] {
  const found: StatementPosition[] = [];
  let line = 1;
  let lineStart = 0;
  let depth = 0;
  /** How deep a statement is; undefined outside of `Statement`. */
  let within: number | undefined;
  let key = '';
  let start: Position | undefined;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    const behind = index + token.length;
    const here = { Line: line, Column: behind - lineStart + 1 };
    if (token === '\r\n' || token === '\r' || token === '\n') {
      line += 1;
      lineStart = behind;
    } else if (token.startsWith('"')) {
      key = token;
    } else if (token === '{' || token === '[') {
      depth += 1;
      if (depth === 2 && within === undefined && nameOf(key) === 'Statement') {
        within = token === '[' ? 3 : 2;
        start = here;
      }
    } else if (token === '}' || token === ']') {
      if (token === '}' && depth === within && start) {
        found.push({ StartPosition: start, EndPosition: here });
        start = here;
      }
      depth -= 1;
      if (depth === 1) within = undefined;
    }
  }
  return found;
}

function nameOf(key: string): unknown {
  return key === '' ? undefined : JSON.parse(key);
}
