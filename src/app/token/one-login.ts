/** A token of the configuration, for an operator's command that logs in to it once. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config, TokenConfig } from '../../config/config.js';
import { isAway } from '../../db/database.js';
import { StartError } from '../../kernel/start-error.js';
import { wallClock } from '../../kernel/time.js';
import { PinMemory } from '../../keystores/root-token/pin-memory.js';
import {
  type PinSource,
  pinSourceOf,
  type RootTokenSettings,
} from '../../keystores/root-token/pin-source.js';
import { RefusedPin } from '../../keystores/root-token/refused-pin.js';
import { logInOnce } from '../../keystores/root-token/root-token-start.js';
import { type Log, makeLog } from '../../observe/log.js';
import { TokenClient } from '../../token-host/client/client.js';
import type { TokenFlag } from '../../token-host/protocol/library-look.js';
import type { TokenInfo } from '../../token-host/protocol/token-info.js';
import { type OpenSharedPins, openSharedPins } from '../shared-pins.js';
import { countRefusal, knownRefusals } from './known-refusals.js';
import type { ConfiguredToken } from './list-tokens.js';

export interface TokenCommandOptions {
  readonly config: Config;
  /** The compiled token host. */
  readonly entry: string;
  readonly id: string;
  /** Instead of what the configuration names. */
  readonly pinFile: string | undefined;
  /** Asks for it where no source is named; undefined where nobody can be asked. */
  readonly ask: ((whose: string) => Promise<string>) | undefined;
}

/** A token that is logged in to. */
export interface TokenLogin {
  readonly client: TokenClient;
  readonly info: TokenInfo;
  readonly log: Log;
}

/** Flags with which no PIN is tried, and what to do. */
const NO_LOGIN: Readonly<Partial<Record<TokenFlag, string>>> = {
  CKF_USER_PIN_LOCKED: "the PIN is locked: unlock it with the vendor's tool and the SO PIN",
  CKF_USER_PIN_FINAL_TRY:
    "one try is left for the PIN and was not used: log in once with the vendor's tool, which resets the counter",
};

/** @throws StartError when there is no such token in the configuration */
export function configuredToken({ config, id }: TokenCommandOptions): TokenConfig {
  const settings = config.tokens.find((token) => token.id === id);
  if (settings) return settings;
  const ids = config.tokens.map((token) => token.id).join(', ');
  throw new StartError(`no token with the id ${id} is configured; there are ${ids}`);
}

/**
 * Why no PIN is to be tried: there is no token, its PIN is nearly lost, or the database knows of a
 * refusal. @throws StartError when the database doesn't answer
 */
export async function reasonsAgainstLogin(
  { config }: TokenCommandOptions,
  settings: TokenConfig,
  { problem, token }: ConfiguredToken,
): Promise<string[]> {
  const reasons = problem === undefined ? [] : [problem];
  for (const flag of token?.flags ?? []) {
    const reason = NO_LOGIN[flag];
    if (reason !== undefined) reasons.push(`${flag}: ${reason}`);
  }
  return token ? [...reasons, ...(await knownRefusals(config, settings))] : reasons;
}

/** @throws StartError when the PIN can't be read, or is refused, or was before */
export async function withLogin<Result>(
  settings: TokenConfig,
  { config, entry, pinFile, ask }: TokenCommandOptions,
  work: (login: TokenLogin) => Promise<Result>,
): Promise<Result> {
  const { id } = settings;
  const log = makeLog({ level: 'fatal' });
  const socketDir = await mkdtemp(join(tmpdir(), 'strongroom-token-'));
  const client = new TokenClient({ settings, entry, socketDir, log });
  let shared: OpenSharedPins | undefined;
  try {
    const place = pinFile === undefined ? settings : { id, pinFile };
    const source = askedSource(place, ask) ?? pinSourceOf(place, { env: process.env, log });
    // Before a server's first start there is none; what a token refused is remembered all the same.
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    shared = id === 'root' ? await sharedPins(config) : undefined;
    const memory = new PinMemory(new RefusedPin(config.dataDir, id), shared?.pins);
    const { info, pin } = await logInOnce(client, source, memory, `the token ${id}`).catch(
      async (error: unknown) => {
        if (SPENT.has(client.pin)) await countRefusal(config, settings);
        throw error;
      },
    );
    pin.fill(0);
    return await work({ client, info, log });
  } finally {
    await client.stop();
    await shared?.close();
    await rm(socketDir, { recursive: true, force: true });
  }
}

/** The token refused the PIN, or nobody knows what it said: a try of its counter is gone. */
const SPENT: ReadonlySet<TokenClient['pin']> = new Set(['refused', 'unclear']);

/** As one more server, of no data directory: what it leaves when it is killed counts as refused. */
async function sharedPins(config: Config): Promise<OpenSharedPins | undefined> {
  const owner = { nodeId: randomUUID(), incarnation: randomUUID() };
  try {
    return await openSharedPins({ config, owner, wallClock: wallClock(), makesTables: false });
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new StartError(
      "what the database knows of the root token's PIN can't be read, so no PIN is tried",
    );
  }
}

const SOURCES = ['pinFile', 'pinEnv', 'pinCredential', 'pinCommand'] as const;

/** The source of a token for which none is named: whoever runs the command. */
function askedSource(
  token: RootTokenSettings,
  ask: TokenCommandOptions['ask'],
): PinSource | undefined {
  if (SOURCES.some((name) => token[name] !== undefined)) return undefined;
  if (!ask) {
    throw new StartError(
      `no source of the PIN of ${token.id} is named: give --pin-file, or run this at a terminal, which asks`,
    );
  }
  return {
    name: 'what was typed',
    lookAgain: undefined,
    read: async () => Buffer.from(await ask(`PIN of ${token.id}`), 'utf8'),
  };
}
