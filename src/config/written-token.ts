/** An entry of `tokens` as an operator would write it into strongroom.yaml. */
import { stringify } from 'yaml';
import { completeToken } from './read-tokens.js';

export interface WrittenToken {
  readonly id: string;
  readonly module: string;
  readonly label: string;
  readonly vendor: string;
  /** Where the PIN is; undefined where the operator has to choose. */
  readonly pinFile?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** @throws ConfigError for an entry that no server would take, but for a source of its PIN */
export function checkWrittenToken(token: WrittenToken, cwd: string): void {
  completeToken({ pinFile: '/', ...token }, cwd);
}

/** The entry in lines of YAML, with its place. */
export function linesOfWrittenToken(token: WrittenToken): string[] {
  return stringify({ tokens: [token] }, { lineWidth: 0 })
    .trimEnd()
    .split('\n');
}
