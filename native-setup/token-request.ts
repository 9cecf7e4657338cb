/** One token that the quick start wants. */
export interface TokenRequest {
  /** The token's id, which is also its label: at most 32 letters, digits and `-`. */
  readonly id: string;
  /** Whether the token also needs a trust anchor certificate, as a custom key store's does. */
  readonly trustAnchor?: boolean;
}

/** What `make-tokens` reads, as JSON, from its standard input. */
export interface MakeTokensRequest {
  readonly tokens: readonly TokenRequest[];
  /** The PKCS#11 library. */
  readonly library: string;
  /** True when a database elsewhere (PostgreSQL) already holds Strongroom's tables. */
  readonly databaseExists: boolean;
}

/** What became of one token. */
export interface TokenOutcome {
  readonly id: string;
  readonly outcome: 'made' | 'kept' | 'left alone';
}

/** What `make-tokens` prints, as one line of JSON. */
export type MakeTokensResult =
  | { readonly tokens: readonly TokenOutcome[] }
  | { readonly error: string };

const TOKEN_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/;

/**
 * Checks a request: the ids become file names, so nothing else may pass.
 * @throws {TypeError} naming what is wrong.
 */
export function parseMakeTokensRequest(value: unknown): MakeTokensRequest {
  if (!isRecord(value) || !Array.isArray(value.tokens)) {
    throw new TypeError('the request must hold a list of tokens');
  }
  const { library, databaseExists } = value;
  if (typeof library !== 'string' || typeof databaseExists !== 'boolean') {
    throw new TypeError('the request must hold library and databaseExists');
  }
  const tokens = value.tokens.map(parseTokenRequest);
  if (new Set(tokens.map(({ id }) => id)).size !== tokens.length) {
    throw new TypeError('two tokens of the request have the same id');
  }
  return { tokens, library, databaseExists };
}

function parseTokenRequest(value: unknown): TokenRequest {
  if (!isRecord(value) || typeof value.id !== 'string' || !TOKEN_ID.test(value.id)) {
    throw new TypeError('a token id is at most 32 letters, digits and -');
  }
  return { id: value.id, trustAnchor: value.trustAnchor === true };
}

/** Reads what `make-tokens` printed; undefined when it is not a whole result. */
export function parseMakeTokensResult(output: string): MakeTokensResult | undefined {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) {
    return undefined;
  }
  const { error, tokens } = value;
  if (typeof error === 'string') {
    return { error };
  }
  return Array.isArray(tokens) && tokens.every(isOutcome) ? { tokens } : undefined;
}

function isOutcome(value: unknown): value is TokenOutcome {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    (value.outcome === 'made' || value.outcome === 'kept' || value.outcome === 'left alone')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
