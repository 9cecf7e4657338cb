/**
 * What a host inherits. Not the whole environment: the server's may hold secrets, and a vendor's
 * library is not to see them. What a library needs besides is named in the token's `env`.
 */
const INHERITED: readonly string[] = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'LD_LIBRARY_PATH',
];

/** The environment of a token host: the allowed part of `from`, and `extra` over it. */
export function hostEnvironment(
  from: NodeJS.ProcessEnv,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = from[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...extra };
}
