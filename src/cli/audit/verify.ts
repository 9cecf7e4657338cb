import type { Problem, Verified } from '../../app/audit.js';
import { defineCommand, EXIT } from '../core/command.js';
import { DIR, TIMES, timesOf } from './audit-options.js';

export const verifyAudit = defineCommand({
  name: 'audit verify',
  summary: 'find every record of the audit trail that was changed, removed, added or moved',
  options: {
    ...DIR,
    ...TIMES,
    'public-key': {
      value: 'file',
      description:
        'a key that signs the trail (PEM), as audit key prints it; default: those that the database knows',
      repeats: true,
    },
  },
  examples: [
    ['strongroom audit verify', 'whether a server runs or not'],
    [
      'strongroom audit verify --dir /mnt/evidence/audit --public-key audit-key.pem',
      'a copy, without database and configuration',
    ],
  ],
  exitCodes: {
    done: 'every record is as it was written',
    failed: 'something is not, and what; or the trail could not be read',
    usage: 'wrong usage or configuration',
  },
  async run(options, { configuration, tell }) {
    const times = timesOf(options);
    const audit = await import('../../app/audit.js');
    const { problemWords } = await import('./problem-words.js');
    const publicKeyFiles = options['public-key'];
    const verified = await audit.verifyAudit({
      ...{ configuration, dir: options.dir, publicKeyFiles, ...times },
      onProgress: progress(process.stderr),
    });
    tell(linesOf(verified, problemWords), verified);
    return verified.intact ? EXIT.done : EXIT.failed;
  },
});

const QUIET_MS = 1000;

/** On a terminal, once a second. */
function progress(terminal: NodeJS.WriteStream) {
  let toldAt = Date.now();
  return (files: number, of: number) => {
    if (!terminal.isTTY || Date.now() - toldAt < QUIET_MS) return;
    toldAt = Date.now();
    terminal.write(`${files} of ${of} files\n`);
  };
}

function linesOf(verified: Verified, words: (problem: Problem) => string): string[] {
  const { problems, furtherProblems, lastDigest, records, files, digests } = verified;
  const counts: readonly (readonly [number, string])[] = [
    [verified.repeated, 'written a second time after a crash, with the same event id'],
    [verified.recovered, 'read back after a crash: nobody vouched for them until then'],
    [verified.notYetInDigest, 'written in the last moments: not in a digest yet'],
    [verified.beforeChain, 'older than the chain: nobody vouches for them'],
  ];
  const removed = verified.removedByRetention.length;
  return [
    ...problems.map(words),
    ...(furtherProblems > 0 ? [`and ${furtherProblems} more problems`] : []),
    `${records} records in ${files} files are as they were written, by ${digests} digests`,
    ...counts.filter(([count]) => count > 0).map(([count, what]) => `  ${count} ${what}`),
    ...(removed > 0 ? [`  ${removed} files were removed by the settings, which is signed`] : []),
    ...(verified.unsigned > 0 ? [`  ${verified.unsigned} digests are not signed yet`] : []),
    ...(lastDigest
      ? [`last digest: ${lastDigest.sequence}, ${lastDigest.to}, ${lastDigest.sha256}`]
      : ['there is no digest: this trail has no chain']),
    verified.intact ? 'The audit trail is intact' : 'The audit trail is NOT intact',
  ];
}
