/** ARNs with wildcards, as ArnLike and Resource write them. Source: recorded-iam.md §1; authorization.md §11. */
import { matchesPiece, type Piece } from './pattern.js';
import type { ConditionContext } from './request.js';

const PARTS = 6;
const COLON = 58;
const PREFIX = 'arn:';

/** The six parts of an ARN; the last has the rest with its colons. */
type ArnParts<Part> = readonly Part[];

/** @returns undefined for a text that is no ARN */
export function readArn(text: string): ArnParts<string> | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const parts = text.split(':');
  if (parts.length < PARTS) return undefined;
  return [...parts.slice(0, PARTS - 1), parts.slice(PARTS - 1).join(':')];
}

/** @returns undefined for a pattern that has not the form of an ARN */
export function readArnPattern(piece: Piece): ArnParts<Piece> | undefined {
  const parts: number[][] = [[]];
  for (const code of piece) {
    if (code === COLON && parts.length < PARTS) parts.push([]);
    else parts.at(-1)?.push(code);
  }
  const [first = []] = parts;
  return parts.length === PARTS && String.fromCharCode(...first.slice(0, 4)) === 'arn'
    ? parts
    : undefined;
}

/** Part by part: no wildcard goes beyond one of the first five. */
export function matchesArn(
  pattern: ArnParts<Piece>,
  arn: ArnParts<string>,
  context: ConditionContext,
): boolean | 'unclear' {
  for (const [index, part] of pattern.entries()) {
    const matches = matchesPiece(part, arn[index] ?? '', context);
    if (matches !== true) return matches;
  }
  return true;
}

/**
 * An incomplete ARN completed with wildcards, as IAM reads it in identity policies and boundaries; any
 * other text as it is. Colons inside of `${…}` part nothing.
 */
export function completeArn(written: string): string {
  if (!written.startsWith(PREFIX)) return written;
  const colons = written.replaceAll(/\$\{[^}]*\}/g, '').split(':').length - 1;
  return written + ':*'.repeat(Math.max(0, PARTS - 1 - colons));
}

/** Whether a text begins as an ARN and has fewer than its six parts. */
export function isIncompleteArn(written: string): boolean {
  return completeArn(written) !== written;
}
