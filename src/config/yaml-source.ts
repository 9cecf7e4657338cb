import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.js';

const MAX_BYTES = 1024 * 1024;

/** A YAML file as maps, lists and strings; the schema alone decides what a string means. */
export interface YamlSource {
  readonly value: unknown;
  /** `<file>:<line>` of a member, for an error. */
  locate(path: readonly (string | number)[]): string;
}

/**
 * Reads a configuration file. Every scalar stays the text that stands in the file: an account id
 * with leading zeros is no number.
 * @throws ConfigError without any of the file's text, which may be a secret.
 */
export function readYaml(file: string): YamlSource {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    const what = fault.code.toLowerCase().replaceAll('_', ' ');
    throw new ConfigError(`${file}:${lines.linePos(fault.pos[0]).line}: not valid YAML (${what})`);
  }
  return { value: toPlain(document, file), locate: (path) => locate(file, document, lines, path) };
}

function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${file}: the configuration file cannot be read (${code})`);
  }
  if (text.length > MAX_BYTES) {
    throw new ConfigError(`${file}: the configuration file must be at most ${MAX_BYTES} bytes`);
  }
  return text;
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // The only failures left are of aliases, and their text would name them.
    throw new ConfigError(`${file}: not valid YAML (too many or circular aliases)`);
  }
}

function locate(
  file: string,
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
): string {
  const node = document.getIn(path, true);
  const start = isNode(node) ? node.range?.[0] : undefined;
  return start === undefined ? file : `${file}:${lines.linePos(start).line}`;
}
