/** Whether a token can serve: what it says, and what it does. Leaves nothing in the token. */
import type { TokenConfig } from '../../config/config.js';
import { StartError } from '../../kernel/start-error.js';
import {
  RootTokenTrial,
  UnfitRootTokenError,
} from '../../keystores/root-token/root-token-trial.js';
import { type KeyLimits, keyLimits } from '../../keystores/token/check/key-examinations.js';
import { missingQuirks } from '../../keystores/token/check/quirk-trial.js';
import { type SessionsFound, trySessions } from '../../keystores/token/check/session-trial.js';
import {
  listingOfMany,
  type TimeLimit,
  timeLimits,
} from '../../keystores/token/check/time-limits.js';
import { TokenTrial, type TrialResult } from '../../keystores/token/check/token-trial.js';
import {
  judged,
  type ProposedSettings,
  proposedSettings,
  servingOrder,
} from '../../keystores/token/check/verdict.js';
import { tryWrapping, type WrappingVerdict } from '../../keystores/token/check/wrapping-trial.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { TokenFigures } from '../../token-host/client/token-figures.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import type { TokenInfo } from '../../token-host/protocol/token-info.js';
import { type ConfiguredToken, findToken } from './list-tokens.js';
import {
  configuredToken,
  reasonsAgainstLogin,
  type TokenCommandOptions,
  withLogin,
} from './one-login.js';

const ROOT_TRIAL_MS = 60_000;

const NOT_TRIED = {
  fit: false,
  problem: 'not tried, since the token did not destroy an earlier key',
} as const;

/** What a check found; the shape of `strongroom token check --json`. Times are in milliseconds. */
export interface TokenCheck extends ConfiguredToken {
  readonly fit: boolean;
  /** One line each; empty when the token is fit. */
  readonly problems: readonly string[];
  /** What it can do less well than the settings want. One line each. */
  readonly warnings: readonly string[];
  /** Undefined where it did not come to a login. */
  readonly trial?: TokenTrialReport;
}

export interface TokenTrialReport extends TrialResult {
  readonly roundTripMs: number;
  readonly objects: number | undefined;
  readonly listingMs: number | undefined;
  /** How long so many objects would take. */
  readonly listingOfMany: ReturnType<typeof listingOfMany>;
  readonly timeLimits: readonly TimeLimit[];
  /** Threads that served, after the measurement. */
  readonly threads: number;
  readonly sharing: TokenFigures['sharing'];
  readonly sessions: SessionsFound;
  /** Undefined where no key could be made. */
  readonly keyLimits: KeyLimits | undefined;
  readonly hostsReplaced: number;
  readonly rootToken: { readonly fit: boolean; readonly problem?: string };
  readonly wrappedResidency: WrappingVerdict;
  /** What would mend what was measured, as members of the token in the configuration. */
  readonly proposed: ProposedSettings;
  /** Keys of earlier checks that were destroyed. */
  readonly destroyedLeftovers: number;
  /** CKA_IDs of this check's keys that could not be destroyed; the next check does. */
  readonly left: readonly string[];
}

export interface CheckTokenOptions extends TokenCommandOptions {
  /** Ends the check early; its keys are destroyed all the same. */
  readonly signal: AbortSignal;
}

/**
 * Looks first and logs in once, and not at all where the token says that its PIN is nearly lost.
 * @throws StartError when there is no such token in the configuration, the PIN can't be read or is
 * refused, the token fails at what every check needs, or the check was interrupted
 */
export async function checkToken(options: CheckTokenOptions): Promise<TokenCheck> {
  const settings = configuredToken(options);
  const found = await findToken(settings, options.entry);
  const reasons = await reasonsAgainstLogin(options, settings, found);
  if (found.token?.flags.includes('CKF_WRITE_PROTECTED')) {
    reasons.push('CKF_WRITE_PROTECTED: no key can be made in it');
  }
  if (reasons.length > 0) return { ...found, fit: false, problems: reasons, warnings: [] };
  const trial = await tried(settings, options, found.token?.maxSessions);
  const { problems, warnings } = judged(trial, settings);
  return { ...found, fit: problems.length === 0, problems, warnings, trial };
}

async function tried(
  settings: TokenConfig,
  options: CheckTokenOptions,
  saidSessions: number | undefined,
): Promise<TokenTrialReport> {
  const { id: tokenId, sessions } = settings;
  const { signal } = options;
  try {
    return await withLogin(settings, options, async ({ client, info, log }) => {
      const trial = new TokenTrial({ tokenId, client, log, now: Date.now, isRunning, signal });
      const listingMs = await trial.listing();
      const { objects } = client.figures;
      const destroyedLeftovers = await trial.sweep();
      const roundTripMs = await trial.roundTrip();
      const measured = { roundTripMs, listingMs, objects };
      const sessionsFound = await trySessions(client, sessions, Date.now);
      const rootToken = await rootSuitability(client, info, trial.newCkaId());
      const capabilities = await trial.capabilities();
      const order = servingOrder(capabilities);
      // A token that doesn't destroy what is made for a trial is given no more of it.
      const goesOn = () => trial.left.size === 0;
      const limits = order && goesOn() ? await keyLimits(trial.keys, order) : undefined;
      const quirks = goesOn() ? await missingQuirks(trial.keys, capabilities) : {};
      const wrappedResidency = goesOn()
        ? await tryWrapping(tokenId, client, trial.keys)
        : NOT_TRIED;
      const encrypts = order?.keyType === 'aes' && goesOn();
      const rates = encrypts ? await trial.throughput(sessions) : [];
      const { ends, threads, sharing } = client.figures;
      return {
        ...{ capabilities, encryptionsPerSecond: rates, ...measured, threads, sharing },
        ...{ rootToken, wrappedResidency, destroyedLeftovers, left: [...trial.left] },
        ...{ sessions: sessionsFound, keyLimits: limits },
        listingOfMany: listingOfMany(measured),
        timeLimits: timeLimits(measured, settings),
        proposed: proposedSettings({
          quirks,
          limits,
          sessions: sessionsFound,
          sharing,
          saidSessions,
        }),
        hostsReplaced: Object.values(ends).reduce((sum, count) => sum + count, 0),
      };
    });
  } catch (error) {
    if (signal.aborted) throw new StartError('the check was interrupted');
    if (!(error instanceof TokenError || error instanceof TokenHostError)) throw error;
    throw new StartError(
      `the token ${tokenId} failed in the middle of the check: ${error.message}`,
    );
  }
}

async function rootSuitability(client: TokenClient, info: TokenInfo, ckaId: string) {
  try {
    await new RootTokenTrial(client, info).ofKeyNamed(ckaId, Date.now() + ROOT_TRIAL_MS);
    return { fit: true };
  } catch (error) {
    if (!(error instanceof UnfitRootTokenError)) throw error;
    return { fit: false, problem: error.message };
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
