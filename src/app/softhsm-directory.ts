/** SoftHSM's directory in the data directory: its configuration has an absolute path, which a copy keeps. */
import { dirname } from 'node:path';
import {
  configuredTokensDir,
  isConfigured,
  writeConfiguration,
} from '../../native-setup/softhsm/configuration.js';
import { softHsmLayout } from '../../native-setup/softhsm/layout.js';
import type { Config } from '../config/config.js';
import { StartError } from '../kernel/start-error.js';

/** The data directory whose tokens SoftHSM's configuration in this one names, if it names one's. */
export function placeOfTokens(dataDir: string): string | undefined {
  const tokensDir = configuredTokensDir(softHsmLayout(dataDir));
  if (tokensDir === undefined) return undefined;
  const place = dirname(dirname(tokensDir));
  return softHsmLayout(place).tokensDir === tokensDir ? place : undefined;
}

/**
 * Has SoftHSM look into this data directory, and not into the one of which it was moved or copied. An
 * operator's own configuration, of tokens that are kept elsewhere, stays as it is.
 * @param before where the data directory was last served
 * @throws StartError when the quick start's tokens were never made
 */
export function useOwnTokens({ dataDir, quickStart }: Config, before: string | undefined): void {
  const layout = softHsmLayout(dataDir);
  const needed = quickStart.length > 0;
  if (configuredTokensDir(layout) === undefined) {
    if (!needed) return;
    throw new StartError(
      `${dataDir} has no tokens (there is no ${layout.configurationFile}): run strongroom init first, which makes them, or see that dataDir is right`,
    );
  }
  const foreign = placeOfTokens(dataDir);
  if (needed || (foreign !== undefined && foreign === before)) writeConfiguration(layout);
}

/** Ids of the tokens that are files of this data directory, and so were copied with it. */
export function ownTokens({ dataDir, tokens }: Config): string[] {
  const layout = softHsmLayout(dataDir);
  if (!isConfigured(layout)) return [];
  return tokens
    .filter(({ env }) => env?.SOFTHSM2_CONF === layout.configurationFile)
    .map(({ id }) => id);
}
