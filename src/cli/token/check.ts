import type { TokenCheck } from '../../app/token/check-token.js';
import { defineCommand, EXIT } from '../core/command.js';
import { linesOfToken } from './list.js';
import { PIN_FILE, pinFrom, TOKEN_ID } from './token-options.js';

export const checkToken = defineCommand({
  name: 'token check',
  summary: 'try out whether a token can serve, and leave nothing in it',
  operand: TOKEN_ID,
  options: PIN_FILE,
  examples: [
    ['strongroom token check root', 'logs in once, also beside a server that runs'],
    ['strongroom token check root --json', 'what a bug report needs; no secret is in it'],
  ],
  exitCodes: {
    done: 'the token is fit',
    failed: 'it is not, or could not be tried, and why',
    usage: 'wrong usage or configuration',
  },
  async run(options, { configuration, entries, tell }, id) {
    const { checkToken: check } = await import('../../app/token/check-token.js');
    const ending = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => ending.abort());
    }
    const checked = await check({
      ...{ config: configuration(), entry: entries.tokenHostEntry, id, signal: ending.signal },
      ...pinFrom(options),
    });
    tell(linesOf(checked), checked);
    return checked.fit ? EXIT.done : EXIT.failed;
  },
});

function linesOf(checked: TokenCheck): string[] {
  const { fit, problems, trial } = checked;
  const verdict = fit ? 'fit' : `not fit: ${problems.join('; ')}`;
  return [
    ...linesOfToken(checked),
    ...(trial ? linesOfTrial(trial) : ['  no PIN was tried']),
    `The token ${checked.id} is ${verdict}`,
  ];
}

function linesOfTrial(trial: NonNullable<TokenCheck['trial']>): string[] {
  const { listingMs, objects, roundTripMs, threads, hostsReplaced, rootToken } = trial;
  const capabilities = Object.entries(trial.capabilities);
  return [
    `  objects: ${objects ?? 'not listed in time'}${listingMs === undefined ? '' : ` in ${Math.round(listingMs)} ms`}`,
    `  round trip: ${roundTripMs.toFixed(2)} ms`,
    `  threads that served: ${threads}; hosts replaced: ${hostsReplaced}`,
    `  AES-256-GCM a second: ${trial.encryptionsPerSecond.map(({ atOnce, rate }) => `${rate} with ${atOnce}`).join(', ') || 'none'}`,
    `  as a root token: ${rootToken.problem ?? 'fit'}`,
    ...capabilities.map(
      ([name, { state, reason }]) =>
        `  ${name}: ${state}${reason === undefined ? '' : ` (${reason})`}`,
    ),
    `  left by earlier checks, destroyed: ${trial.destroyedLeftovers}`,
    ...trial.left.map((ckaId) => `  not destroyed: ${ckaId}; the next check does`),
  ];
}
