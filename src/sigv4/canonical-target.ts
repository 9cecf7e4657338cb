import { canonicalQueryPart, percentEncode } from './percent-encoding.js';

/** The two lines of a canonical request that come from the request target. */
export interface CanonicalTarget {
  readonly path: string;
  readonly query: string;
}

/** A parameter of a query in canonical form. */
interface Parameter {
  readonly name: string;
  readonly value: string;
}

/**
 * Canonical URI and canonical query string of a raw request target (IAM User Guide, "Create a
 * signed AWS API request", step 1). Answers `undefined` for a target that is not in origin form,
 * such as `*` or an absolute URI: nobody signs those.
 * @param unsigned names, in canonical form, of parameters that the signature leaves out
 */
export function canonicalTarget(
  target: string,
  unsigned: readonly string[] = [],
): CanonicalTarget | undefined {
  if (!target.startsWith('/')) return undefined;
  const mark = target.indexOf('?');
  if (mark === -1) return { path: canonicalPath(target), query: '' };
  return {
    path: canonicalPath(target.slice(0, mark)),
    query: canonicalQuery(target.slice(mark + 1), unsigned),
  };
}

/**
 * A raw path without empty, `.` and `..` segments. This, not the raw path, is what a signature
 * vouches for: whoever routes by path must route by this one.
 */
export function normalizedPath(rawPath: string): string {
  const kept: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const slashAtEnd = kept.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return `/${kept.join('/')}${slashAtEnd}`;
}

/** Each segment is encoded once more, as every service but S3 does: `%20` becomes `%2520`. */
function canonicalPath(rawPath: string): string {
  if (rawPath === '/') return '/';
  return normalizedPath(rawPath).split('/').map(percentEncode).join('/');
}

/** The parameters of a raw query in order of arrival, names and values in canonical form. */
export function canonicalParameters(rawQuery: string): Parameter[] {
  const parameters: Parameter[] = [];
  for (const piece of rawQuery.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    parameters.push({
      name: canonicalQueryPart(equals === -1 ? piece : piece.slice(0, equals)),
      value: equals === -1 ? '' : canonicalQueryPart(piece.slice(equals + 1)),
    });
  }
  return parameters;
}

function canonicalQuery(rawQuery: string, unsigned: readonly string[]): string {
  const signed = canonicalParameters(rawQuery).filter(({ name }) => !unsigned.includes(name));
  // Not by the joined text: '-' sorts before '=', so `a-=` would come before `a=`.
  signed.sort((a, b) => byCodeUnit(a.name, b.name) || byCodeUnit(a.value, b.value));
  return signed.map(({ name, value }) => `${name}=${value}`).join('&');
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
