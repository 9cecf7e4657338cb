/** A problem of the audit trail as one line for the operator. */
import { PROBLEM_KINDS, type Problem } from '../../app/audit.js';
import { showable } from '../../kernel/showable.js';

export function problemWords(problem: Problem): string {
  const { kind, records = 0 } = problem;
  const several = records > 1 ? ` (${records} records)` : '';
  const where = [placeOf(problem), digestOf(problem), nameOf(problem)].filter(Boolean).join(', ');
  return `${kind.toUpperCase()} ${where}: ${PROBLEM_KINDS[kind]}${several}`;
}

function placeOf({ kind, file, line, lastLine }: Problem): string {
  if (file === undefined) return '';
  if (line === undefined) return file;
  const isGone = kind === 'record-removed' || kind === 'file-truncated';
  if (isGone) return `${file} behind line ${line}`;
  return lastLine === undefined || lastLine === line
    ? `${file} line ${line}`
    : `${file} lines ${line} to ${lastLine}`;
}

function digestOf({ digest, record }: Problem): string {
  if (digest === undefined) return '';
  return record === undefined ? `digest ${digest}` : `record ${record} of digest ${digest}`;
}

function nameOf({ eventID, eventName, eventTime }: Problem): string {
  const name = [eventTime, eventName, eventID].filter((part) => part !== undefined).join(' ');
  // Whoever changed the line chose it.
  return name === '' ? '' : showable(JSON.stringify(name));
}
