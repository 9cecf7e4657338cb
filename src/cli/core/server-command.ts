/** Commands that ask a running server: the options, exit codes and failures that all of them have. */
import type { Answer, ServerClient } from '../../app/client/server-client.js';
import { StartError, UnreachableError } from '../../kernel/start-error.js';
import {
  type Command,
  type CommandDeclaration,
  CommandEnd,
  type Context,
  defineCommand,
  EXIT,
  type ExitCode,
  type Values,
} from './command.js';

/** Where the server is, and who asks. */
const SERVER_OPTIONS = {
  'data-dir': {
    value: 'path',
    description: "the server's data directory; default: the configuration's",
  },
  endpoint: {
    value: 'url',
    description: "call this address, signed, and not by the operator's socket",
  },
  profile: {
    value: 'name',
    description: "a profile of AWS's shared files, whose credentials sign; not by the socket",
  },
  region: { value: 'region', description: "default: the server's first Region; signed: as SDKs" },
} as const;

const EXIT_CODES = {
  done: 'the server has done it',
  failed: 'the server refused, and says why',
  usage: 'wrong usage or configuration, or no credentials',
  unreachable: 'no server answers',
} as const;

type Options = CommandDeclaration<Record<never, never>>['options'];

export interface ServerCommand<Declared extends Options>
  extends Omit<CommandDeclaration<Declared>, 'run' | 'exitCodes' | 'progress'> {
  readonly exitCodes?: CommandDeclaration<Declared>['exitCodes'];
  /** @returns nothing where it is done */
  readonly run: (
    server: ServerClient,
    options: Values<Declared>,
    context: Context,
    operand: string,
  ) => Promise<ExitCode | undefined>;
}

export function defineServerCommand<const Declared extends Options>(
  declaration: ServerCommand<Declared>,
): Command {
  const { options, exitCodes, run, ...rest } = declaration;
  return defineCommand({
    ...rest,
    options: { ...options, ...SERVER_OPTIONS },
    exitCodes: { ...EXIT_CODES, ...exitCodes },
    progress: 'asking the server',
    async run(given, context, operand) {
      const { clientOf } = await import('../../app/client/server-client.js');
      const {
        endpoint,
        profile,
        region,
        'data-dir': dataDir,
      } = given as Values<typeof SERVER_OPTIONS>;
      const config = context.configuration(dataDir === undefined ? {} : { dataDir });
      try {
        const server = await clientOf(config, { endpoint, profile, region });
        // What the command has declared is what commander has given.
        const own = given as unknown as Values<Declared>;
        return (await run(server, own, context, operand)) ?? EXIT.done;
      } catch (error) {
        throw worded(error);
      }
    },
  });
}

function worded(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'RefusedCall') return new CommandEnd(EXIT.failed, error.message);
  if (error instanceof UnreachableError) return new CommandEnd(EXIT.unreachable, error.message);
  return error instanceof StartError ? new CommandEnd(EXIT.usage, error.message) : error;
}

/** The most rows that a list shows. */
export const LIMIT = {
  limit: { value: 'number', description: 'how many are shown at most', default: '1000' },
} as const;

const MAX_LIMIT = 100_000;

/** @throws CommandEnd for what is no number from 1 to 100,000 */
export function limitOf(text: string): number {
  const limit = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new CommandEnd(EXIT.usage, `--limit is a whole number from 1 to ${MAX_LIMIT}`);
  }
  return limit;
}

export interface Listed {
  readonly items: readonly Answer[];
  /** There are more. */
  readonly truncated: boolean;
}

/**
 * Follows the pages of a list, until there are enough.
 * @param ask for the page behind a marker
 * @param member of the answer, with the items
 */
export async function listed(
  ask: (marker: { readonly Marker?: string }) => Promise<Answer>,
  member: string,
  limit: number,
): Promise<Listed> {
  const items: Answer[] = [];
  let marker: string | undefined;
  do {
    const answer = await ask(marker === undefined ? {} : { Marker: marker });
    const page = answer[member];
    if (Array.isArray(page)) items.push(...page);
    const more = answer.Truncated === true || answer.IsTruncated === 'true';
    const next = answer.NextMarker ?? answer.Marker;
    marker = more && typeof next === 'string' ? next : undefined;
  } while (marker !== undefined && items.length < limit);
  const truncated = marker !== undefined || items.length > limit;
  return { items: items.slice(0, limit), truncated };
}

/** The line below a table that has not all there is. */
export function more({ truncated }: Pick<Listed, 'truncated'>): string[] {
  return truncated ? ['There are more: see --limit.'] : [];
}
