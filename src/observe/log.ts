import { type DestinationStream, type Logger, pino } from 'pino';
import { showable } from '../kernel/showable.js';
import { Bursts, type Line } from './bursts.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** What the rest of the house needs of a log: a few facts and one sentence. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Where the lines go; stderr when absent. */
  readonly destination?: DestinationStream;
}

const STDERR = 2;

/** A log whose reader has stopped may hold this much; after that lines are dropped, not memory. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

const SECRET_NAMES = [
  'authorization',
  'keyStorePassword',
  'password',
  'pin',
  'plaintext',
  'privateKey',
  'privateKeyPlaintext',
  'rawSecretAccessKey',
  'rootSecretAccessKey',
  'secret',
  'secretAccessKey',
  'sessionToken',
  'soPin',
  'x-amz-security-token',
] as const;

const REDACTED_DEPTH = 3;

/**
 * A pino logger: one JSON object a line, to stderr; errors in a burst are one line with a count. Members with the name of a secret are censored
 * down to three levels. That is a net below the rule, not the rule: secrets aren't logged at all.
 */
export function makeLog(options: LogOptions): Logger {
  const destination =
    options.destination ??
    pino.destination({ fd: STDERR, sync: false, maxLength: MAX_BUFFERED_BYTES });
  const bursts = new Bursts();
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: redactedPaths(), censor: '[secret]' },
      hooks: {
        streamWrite: showable,
        logMethod(line, write) {
          bursts.take(line as unknown as Line, (told) => write.apply(this, [...told]));
        },
      },
    },
    destination,
  );
}

function redactedPaths(): string[] {
  const spellings = SECRET_NAMES.flatMap((name) => [
    name,
    name.charAt(0).toUpperCase() + name.slice(1),
  ]);
  const depths = Array.from({ length: REDACTED_DEPTH }, (_, depth) => '*.'.repeat(depth));
  return depths.flatMap((prefix) =>
    spellings.map((name) =>
      name.includes('-') ? `${prefix.slice(0, -1)}["${name}"]` : prefix + name,
    ),
  );
}
