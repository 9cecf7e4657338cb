/** What tokens there are, and what they say before any login. */
import type { Config, TokenConfig } from '../../config/config.js';
import { lookAt } from '../../token-host/client/library-look.js';
import {
  type LibraryLook,
  namesOfFlags,
  type SlotLook,
  type TokenFlag,
} from '../../token-host/protocol/library-look.js';
import { TokenHostError } from '../../token-host/protocol/token-error.js';
import { shownTokenName, tokenMatcher } from '../../token-host/protocol/token-name.js';
import { vendorProfile } from '../../token-host/vendors/index.js';

const LOOK_MS = 20_000;

/** One token of a library, as it presents itself to anybody. */
export interface ListedToken {
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly slot: string;
  /** CK_SLOT_ID in decimal, as it was then: libraries number their slots anew. */
  readonly slotId: string;
  readonly flags: readonly TokenFlag[];
  /** Undefined where the token does not say. */
  readonly maxSessions: number | undefined;
}

/** A token of the configuration. */
export interface ConfiguredToken {
  readonly id: string;
  readonly module: string;
  readonly vendor: string;
  readonly foundBy: string;
  readonly library: Omit<LibraryLook, 'slots'> | undefined;
  readonly token: ListedToken | undefined;
  /** Why there is no token. */
  readonly problem: string | undefined;
}

/** Looks for one token of the configuration. Logs in to none. Doesn't reject for a token that is missing. */
export async function findToken(settings: TokenConfig, entry: string): Promise<ConfiguredToken> {
  const { id, module, vendor } = settings;
  const foundBy = shownTokenName(settings);
  const isNamed = tokenMatcher(settings);
  const about = { id, module, vendor, foundBy };
  const parameters = settings.libraryParameters ?? vendorProfile(vendor).libraryParameters;
  try {
    const { slots, ...library } = await lookAt({
      ...{ entry, module, timeoutMs: LOOK_MS },
      ...(settings.env && { env: settings.env }),
      ...(parameters !== undefined && { libraryParameters: parameters }),
    });
    const named = slots.filter(
      ({ token, ...slot }) =>
        token && isNamed({ token, slot: { ...slot, id: BigInt(slot.id) }, library }),
    );
    const matches = listed(named);
    const [token] = matches;
    if (matches.length === 1) return { ...about, library, token, problem: undefined };
    const problem = token
      ? `several tokens have the ${foundBy}; name the one by its serial number`
      : `the library has no token with the ${foundBy}`;
    return { ...about, library, token: undefined, problem };
  } catch (error) {
    if (!(error instanceof TokenHostError)) throw error;
    return { ...about, library: undefined, token: undefined, problem: error.message };
  }
}

/** The tokens of the configuration. */
export async function listTokens(config: Config, entry: string): Promise<ConfiguredToken[]> {
  const found = [];
  for (const settings of config.tokens) found.push(await findToken(settings, entry));
  return found;
}

/** Every token of one library. @throws TokenHostError when it can't be loaded, or hangs */
export async function listLibrary(module: string, entry: string) {
  const env = softHsmEnvironment(process.env);
  const { slots, ...library } = await lookAt({ entry, module, env, timeoutMs: LOOK_MS });
  return { module, library, tokens: listed(slots) };
}

/** A variable that only this library reads is inherited where nothing of the configuration names it. */
export function softHsmEnvironment({ SOFTHSM2_CONF }: NodeJS.ProcessEnv): Record<string, string> {
  return SOFTHSM2_CONF === undefined ? {} : { SOFTHSM2_CONF };
}

function listed(slots: readonly SlotLook[]): ListedToken[] {
  return slots.flatMap((slot) => listedToken(slot) ?? []);
}

/** Undefined where the slot's token can't be read. */
export function listedToken(slot: SlotLook): ListedToken | undefined {
  const { token, flags, maxSessions, id, description } = slot;
  return (
    token && { ...token, slot: description, slotId: id, flags: namesOfFlags(flags), maxSessions }
  );
}
