const MAX_SHOWN = 80;

/**
 * The configuration can't be used. The message is one line: where the setting came from, what is
 * wrong, what is allowed. It never holds the value of a secret.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A value as an error may show it: quoted, on one line, at most 80 characters of it. */
export function shown(value: unknown): string {
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : 'a map';
  const cut = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return JSON.stringify(cut);
}

/**
 * A name as an error may show it. What does not look like a name is not shown: `key:value` without
 * a blank is a key in YAML, and its value may be a secret.
 */
export function shownName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) ? `"${name}"` : 'something that is no name';
}
