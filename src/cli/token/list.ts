import type { ConfiguredToken, ListedToken } from '../../app/token/list-tokens.js';
import { CommandEnd, defineCommand, EXIT } from '../core/command.js';

export const listTokens = defineCommand({
  name: 'token list',
  summary: 'show the tokens of the configuration or of a library, without logging in',
  options: {
    library: { value: 'path', description: 'a PKCS#11 library, all of whose tokens are shown' },
  },
  examples: [
    ['strongroom token list', 'finds every token of the configuration'],
    ['strongroom token list --library /usr/lib/softhsm/libsofthsm2.so', 'before any configuration'],
  ],
  exitCodes: {
    done: 'every token was found',
    failed: 'one was not, or the library cannot be loaded',
    usage: 'wrong usage or configuration',
  },
  async run({ library }, { configuration, entries, tell }) {
    const { listLibrary, listTokens: list } = await import('../../app/token/list-tokens.js');
    if (library !== undefined) {
      const seen = await listLibrary(library, entries.tokenHostEntry).catch((error: Error) => {
        throw new CommandEnd(EXIT.failed, `${library}: ${error.message}`);
      });
      tell([`${library}: ${nameOf(seen.library)}`, ...seen.tokens.map(lineOf)], seen);
      return EXIT.done;
    }
    const tokens = await list(configuration(), entries.tokenHostEntry);
    tell(tokens.flatMap(linesOfToken), { tokens });
    return tokens.every(({ token }) => token) ? EXIT.done : EXIT.failed;
  },
});

/** A token of the configuration in lines of text. */
export function linesOfToken({ id, module, foundBy, library, token, problem }: ConfiguredToken) {
  return [
    `${id}: ${module}${library ? `, ${nameOf(library)}` : ''}`,
    token ? `${lineOf(token)}; found by ${foundBy}` : `  ${problem}`,
  ];
}

function nameOf(library: NonNullable<ConfiguredToken['library']>): string {
  const { manufacturer, description, version, cryptoki, threads } = library;
  return `${manufacturer} ${description} ${version}, PKCS#11 ${cryptoki}, ${threads ? 'threads' : 'one thread'}`;
}

/** A token in a line of text. */
export function lineOf(token: ListedToken): string {
  const { label, serial, manufacturer, model, firmware, flags, maxSessions, slotId } = token;
  // Only what has no name yet is named by its slot.
  const isMade = flags.includes('CKF_TOKEN_INITIALIZED');
  const name = isMade
    ? `${label || '(no label)'}, serial ${serial}`
    : `not initialised, slot ${slotId}`;
  const sessions = `sessions: ${maxSessions ?? 'not said'}`;
  return `  ${name}, ${manufacturer} ${model} ${firmware}; ${sessions}; ${flags.join(' ')}`;
}
