import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { SOFTHSM_LIBRARY } from '../../native-setup/softhsm/layout.js';
import { PATIENCE_MS } from '../support/patience.js';

/** The compiled one-shot process; the test run compiles it first. */
export const MAKE_TOKENS = path.resolve('dist/native-setup/make-tokens.js');

export const CLUSTER = 'cluster-softhsmtoken';

export const REQUEST = {
  tokens: [{ id: 'root' }, { id: CLUSTER, trustAnchor: true }],
  library: SOFTHSM_LIBRARY,
  databaseExists: false,
};

/** A data directory that does not exist yet, gone again after the test. */
export function freshDataDir(): string {
  const parent = mkdtempSync(path.join(tmpdir(), 'strongroom-setup-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return path.join(parent, 'data');
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a Node program to its end; `started` may signal it meanwhile. */
export function runNode(
  args: readonly string[],
  input: string,
  started: (kill: () => void) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'pipe', timeout: PATIENCE_MS });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...text }));
    child.stdin.on('error', () => undefined).end(input);
    started(() => child.kill('SIGKILL'));
  });
}

export function makeTokens(dataDir: string, request: object = REQUEST): Promise<Ended> {
  return runNode([MAKE_TOKENS, dataDir], JSON.stringify(request));
}

/** Another program's view of the tokens: the labels and serials that OpenSC's pkcs11-tool sees. */
export function tokensSeen(dataDir: string): { label: string; serial: string }[] {
  const listing = pkcs11Tool(dataDir, ['--list-token-slots']);
  return [...listing.matchAll(/token label +: (.+)\n[\s\S]*?serial num +: (\w+)/g)]
    .map(([, label = '', serial = '']) => ({ label: label.trim(), serial }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** Logs in with the PIN of the token's PIN file; throws what pkcs11-tool says when it fails. */
export function logIn(dataDir: string, id: string): void {
  const pin = readFileSync(path.join(dataDir, `${id}.pin`), 'utf8');
  pkcs11Tool(dataDir, ['--token-label', id, '--login', '--pin', pin, '--list-objects']);
}

export function pkcs11Tool(dataDir: string, args: readonly string[]): string {
  const ended = spawnSync('pkcs11-tool', ['--module', SOFTHSM_LIBRARY, ...args], {
    env: { ...process.env, SOFTHSM2_CONF: path.join(dataDir, 'softhsm', 'softhsm2.conf') },
    encoding: 'utf8',
  });
  if (ended.status !== 0) {
    throw new Error(`pkcs11-tool ${args[0]} failed: ${ended.stderr}`);
  }
  return ended.stdout;
}

/** SoftHSM opens these for writing whenever it is initialised. */
const TOUCHED_BY_READING = /\/(generation|token\.lock)$/;

/** Every file and directory with its mode, and content and modification time where it has one. */
export function snapshot(dataDir: string): Map<string, string> {
  const entries = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    entries.map((name) => {
      const file = path.join(dataDir, name);
      const status = statSync(file);
      const content =
        status.isFile() && !TOUCHED_BY_READING.test(name)
          ? `${status.mtimeMs} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`
          : '';
      return [name, `${(status.mode & 0o777).toString(8)} ${content}`];
    }),
  );
}
