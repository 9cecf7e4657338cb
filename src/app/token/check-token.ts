/** Whether a token can serve: what it says, and what it does. Leaves nothing in the token. */
import type { TokenConfig } from '../../config/config.js';
import { StartError } from '../../kernel/start-error.js';
import {
  RootTokenTrial,
  UnfitRootTokenError,
} from '../../keystores/root-token/root-token-trial.js';
import { TokenTrial, type TrialResult } from '../../keystores/token/check/token-trial.js';
import type { TokenClient } from '../../token-host/client/client.js';
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

/** What a check found; the shape of `strongroom token check --json`. Times are in milliseconds. */
export interface TokenCheck extends ConfiguredToken {
  readonly fit: boolean;
  /** One line each; empty when the token is fit. */
  readonly problems: readonly string[];
  /** Undefined where it did not come to a login. */
  readonly trial?: TrialResult & {
    readonly roundTripMs: number;
    readonly objects: number | undefined;
    readonly listingMs: number | undefined;
    /** Threads that served, after the measurement. */
    readonly threads: number;
    readonly hostsReplaced: number;
    readonly rootToken: { readonly fit: boolean; readonly problem?: string };
    /** Keys of earlier checks that were destroyed. */
    readonly destroyedLeftovers: number;
    /** CKA_IDs of this check's keys that could not be destroyed; the next check does. */
    readonly left: readonly string[];
  };
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
  const problems = await reasonsAgainstLogin(options, settings, found);
  if (problems.length > 0) return { ...found, fit: false, problems };
  if (found.token?.flags.includes('CKF_WRITE_PROTECTED')) {
    return { ...found, fit: false, problems: ['CKF_WRITE_PROTECTED: no key can be made in it'] };
  }
  const trial = await tried(settings, options);
  if (settings.id === 'root')
    problems.push(...(trial.rootToken.problem ? [trial.rootToken.problem] : []));
  const states = Object.values(trial.capabilities).map(({ state }) => state);
  if (!states.includes('works')) problems.push('it can do nothing that a KMS key does');
  if (trial.left.length > 0) problems.push('it did not destroy every key that was made');
  return { ...found, fit: problems.length === 0, problems, trial };
}

async function tried(
  settings: TokenConfig,
  options: CheckTokenOptions,
): Promise<NonNullable<TokenCheck['trial']>> {
  const { id: tokenId, sessions } = settings;
  const { signal } = options;
  try {
    return await withLogin(settings, options, async ({ client, info, log }) => {
      const trial = new TokenTrial({ tokenId, client, log, now: Date.now, isRunning, signal });
      const listingMs = await trial.listing();
      const { objects } = client.figures;
      const destroyedLeftovers = await trial.sweep();
      const roundTripMs = await trial.roundTrip();
      const rootToken = await rootSuitability(client, info, trial.newCkaId());
      const capabilities = await trial.capabilities();
      const encrypts = Object.entries(capabilities).some(
        ([name, { state }]) => name.startsWith('SYMMETRIC_DEFAULT:') && state === 'works',
      );
      const rates = encrypts ? await trial.throughput(sessions) : [];
      const { ends, threads } = client.figures;
      return {
        ...{ capabilities, encryptionsPerSecond: rates, roundTripMs, objects, listingMs, threads },
        ...{ rootToken, destroyedLeftovers, left: [...trial.left] },
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
