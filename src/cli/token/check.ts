import type { TokenCheck, TokenTrialReport } from '../../app/token/check-token.js';
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
  const { fit, problems, warnings, trial } = checked;
  const verdict = fit ? 'fit' : `not fit: ${problems.join('; ')}`;
  return [
    ...linesOfToken(checked),
    ...(trial ? linesOfTrial(trial) : ['  no PIN was tried']),
    ...(trial ? linesOfProposal(trial.proposed) : []),
    ...warnings.map((warning) => `  Warning: ${warning}`),
    `The token ${checked.id} is ${verdict}`,
  ];
}

function linesOfTrial(trial: TokenTrialReport): string[] {
  const { listingMs, objects, threads, hostsReplaced, rootToken } = trial;
  const { sessions, sharing, wrappedResidency: wrapped } = trial;
  const capabilities = Object.entries(trial.capabilities);
  const of = (ms: number | undefined) => (ms === undefined ? '' : ` in ${Math.round(ms)} ms`);
  return [
    `  objects: ${objects ?? 'not listed in time'}${of(listingMs)}; ${trial.listingOfMany.objects} would take about ${trial.listingOfMany.ms} ms`,
    ...trial.timeLimits.map(
      ({ what, measuredMs, limitMs, verdict }) =>
        `  ${what}: ${measuredMs.toFixed(2)} of ${limitMs} ms: ${verdict}`,
    ),
    `  sessions at once: ${sessions.atOnce} of ${sessions.tried} tried${sessions.code === undefined ? '' : ` (${sessions.code})`}`,
    `  threads: ${SHARING[sharing]}; that served: ${threads}; hosts replaced: ${hostsReplaced}`,
    `  AES-256-GCM a second: ${trial.encryptionsPerSecond.map(({ atOnce, rate }) => `${rate} with ${atOnce}`).join(', ') || 'none'}`,
    ...(trial.keyLimits ? linesOfKeys(trial.keyLimits) : []),
    `  as a root token: ${rootToken.problem ?? 'fit'}`,
    `  with residency wrapped: ${wrapped.fit ? `fit (${wrapped.scheme})` : wrapped.problem}`,
    ...capabilities.map(
      ([name, { state, reason }]) =>
        `  ${name}: ${state}${reason === undefined ? '' : ` (${reason})`}`,
    ),
    `  left by earlier checks, destroyed: ${trial.destroyedLeftovers}`,
    ...trial.left.map((ckaId) => `  not destroyed: ${ckaId}; the next check does`),
  ];
}

const SHARING: Readonly<Record<TokenTrialReport['sharing'], string>> = {
  shared: "a worker shares the library's state",
  single: 'the library serves one only',
  untried: 'one, as the settings say',
};

function linesOfKeys(limits: NonNullable<TokenTrialReport['keyLimits']>): string[] {
  const { labelBytes, ckaIdBytes, guarded, value } = limits;
  return [
    `  octets kept, of those tried: CKA_LABEL ${labelBytes ?? 'none'}, CKA_ID ${ckaIdBytes ?? 'none'}`,
    `  CKA_SENSITIVE and not CKA_EXTRACTABLE: ${guarded ? 'kept' : 'not kept'}; the key itself: ${value ?? 'not tried'}`,
  ];
}

function linesOfProposal({ threads, quirks }: TokenTrialReport['proposed']): string[] {
  const rows = Object.entries(quirks ?? {}).map(([name, value]) => `      ${name}: ${value}`);
  const lines = [
    ...(threads === undefined ? [] : [`    threads: ${threads}`]),
    ...(rows.length === 0 ? [] : ['    quirks:', ...rows]),
  ];
  return lines.length === 0
    ? []
    : ['  for this token in strongroom.yaml, by what was measured:', ...lines];
}
