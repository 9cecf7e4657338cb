import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isConfigured } from './softhsm/configuration.js';
import { readFileIfPresent } from './softhsm/durable-file.js';
import {
  SOFTHSM_LIBRARY,
  type SoftHsmLayout,
  softHsmLayout,
  tokenDirectoryExists,
  tokenFiles,
} from './softhsm/layout.js';
import { TokenSetupRefusal } from './softhsm/refusal.js';
import {
  type MakeTokensRequest,
  parseMakeTokensResult,
  type TokenOutcome,
  type TokenRequest,
} from './token-request.js';

/** What `ensureQuickStartTokens` works on. */
export interface QuickStartOptions {
  readonly dataDir: string;
  readonly tokens: readonly TokenRequest[];
  /** The compiled `make-tokens.js`. */
  readonly makeTokensEntry: string;
  /** The PKCS#11 library; Debian's SoftHSM when not given. */
  readonly library?: string;
  /**
   * True when a database other than `<data dir>/strongroom.sqlite` already holds Strongroom's
   * tables. A token that belongs to a database is never made anew.
   */
  readonly databaseExists?: boolean;
  /** Told one line for each thing done; never a PIN. */
  readonly log: (line: string) => void;
}

const DEADLINE_MS = 120_000;
const MAX_RESULT_BYTES = 65_536;

/**
 * Makes the quick start's SoftHSM tokens where they are missing. When all are complete it looks
 * at a few files and starts no process. See softhsm/cases.ts for what happens in every other case.
 * @throws {TokenSetupRefusal} with one clear line when making a token could lose something.
 */
export async function ensureQuickStartTokens(options: QuickStartOptions): Promise<void> {
  const layout = softHsmLayout(options.dataDir);
  if (isConfigured(layout) && options.tokens.every((token) => isComplete(layout, token))) {
    return;
  }
  const outcomes = await runMakeTokens(layout.dataDir, options.makeTokensEntry, {
    tokens: options.tokens,
    library: options.library ?? SOFTHSM_LIBRARY,
    databaseExists: options.databaseExists ?? false,
  });
  for (const { id } of outcomes.filter(({ outcome }) => outcome === 'made')) {
    options.log(`made SoftHSM token ${id}; its PIN is in ${tokenFiles(layout, id).pin}`);
  }
}

function isComplete(layout: SoftHsmLayout, { id, trustAnchor }: TokenRequest): boolean {
  const files = tokenFiles(layout, id);
  return (
    tokenDirectoryExists(layout, readFileIfPresent(files.serial) ?? '') &&
    existsSync(files.pin) &&
    (trustAnchor !== true || existsSync(files.trustAnchor))
  );
}

async function runMakeTokens(
  dataDir: string,
  entry: string,
  request: MakeTokensRequest,
): Promise<readonly TokenOutcome[]> {
  const child = spawn(process.execPath, [entry, dataDir], {
    // Nothing of the server's environment (it may hold secrets) is this process's business.
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(0, MAX_RESULT_BYTES);
  });
  // A child that died early breaks this pipe; its end says more than the pipe's error.
  child.stdin.on('error', () => undefined).end(JSON.stringify(request));
  const ending = await ended;
  return readOutcomes(ending, output);
}

function readOutcomes(ending: string, output: string): readonly TokenOutcome[] {
  const result = parseMakeTokensResult(output);
  if (result === undefined) {
    throw new Error(`the process that makes tokens ended without a result (${ending})`);
  }
  if ('error' in result) {
    throw new TokenSetupRefusal(result.error);
  }
  return result.tokens;
}
