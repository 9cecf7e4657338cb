import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { stringify } from 'yaml';
import { readSharedCredentials } from '../../src/services/iam/credentials/shared-credentials.js';
import { PATIENCE_MS } from './patience.js';
import { copyDataDirectory, PREPARED } from './prepared-data-directory.js';
import { withReadyPairs } from './ready-pairs/ready-pairs.js';

/** The compiled CLI: black-box tests run what users run. */
export const CLI = resolve('dist/src/main.js');
export const REGION = 'us-east-1';
export const ACCOUNT_ID = '111122223333';

const READY = /^Strongroom serves (\S+); credentials in (.+)$/;

export interface ServerSettings {
  /** Further settings in the layout of strongroom.yaml. */
  readonly yaml?: Record<string, unknown>;
  readonly env?: Readonly<Record<string, string>>;
  /** Each RSA pair is another one, whatever it takes. */
  readonly freshPairs?: true;
}

/**
 * A Strongroom of a test's own: a data directory in the temporary directory, made by `init`, and the
 * real server process on a free port. `stop`, `kill` and `start` may follow each other; `dispose`
 * ends it and removes the directory.
 */
export class Strongroom {
  readonly dir: string;
  readonly settings: ServerSettings;
  #child: ChildProcess | undefined;
  #endpoint = '';
  /** What the server wrote to stderr, for messages of failed tests. */
  log = '';

  private constructor(dir: string, settings: ServerSettings) {
    this.dir = dir;
    this.settings = settings;
  }

  /** Makes a data directory with the quick start's tokens; nothing is served yet. */
  static async create(settings: ServerSettings = {}): Promise<Strongroom> {
    const strongroom = new Strongroom(await mkdtemp(join(tmpdir(), 'strongroom-test-')), settings);
    await writeFile(
      join(strongroom.dir, 'strongroom.yaml'),
      stringify({ port: 0, ...settings.yaml }),
    );
    const prepared = process.env[PREPARED];
    if (prepared !== undefined && !settings.yaml?.tokens && !settings.env) {
      await copyDataDirectory(prepared, strongroom.dataDir);
      return strongroom;
    }
    const { code, stderr } = await strongroom.cli('init');
    if (code !== 0) throw new Error(`init failed: ${stderr}`);
    return strongroom;
  }

  /** A running server with the quick start's tokens. */
  static async start(settings: ServerSettings = {}): Promise<Strongroom> {
    const strongroom = await Strongroom.create(settings);
    await strongroom.start();
    return strongroom;
  }

  /** A server that somebody else has started, and ends: `stop` and `dispose` are theirs. */
  static running(dir: string, endpoint: string, settings: ServerSettings): Strongroom {
    const strongroom = new Strongroom(dir, settings);
    strongroom.#endpoint = endpoint;
    return strongroom;
  }

  /** A copy of everything in its directory; nothing is served yet. */
  async copy(): Promise<Strongroom> {
    const dir = await mkdtemp(join(tmpdir(), 'strongroom-copy-'));
    await promisify(execFile)('cp', ['-a', `${this.dir}/.`, dir]);
    return new Strongroom(dir, this.settings);
  }

  get dataDir(): string {
    return join(this.dir, 'data');
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the server is not running');
    return pid;
  }

  /** Of the server that ended last; null while it runs, or when a signal ended it. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  /** Runs one CLI command to its end. */
  async cli(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = this.#spawn(args);
    const output = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output.stderr += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, ...output };
  }

  /** One CLI command that runs; its end is the caller's to see. */
  spawned(...args: string[]): ChildProcess {
    return this.#spawn(args);
  }

  /**
   * Starts the server and waits until it says that it serves.
   * @param options further ones of `serve`
   */
  async start(...options: string[]): Promise<void> {
    const child = this.#spawn(['serve', ...options]);
    this.#child = child;
    child.stderr?.on('data', (chunk) => {
      this.log += chunk;
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const ready = new Promise<string>((resolveReady, reject) => {
      lines.on('line', (line) => {
        const match = READY.exec(line);
        if (match?.[1]) resolveReady(match[1]);
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`the server ended (${code ?? signal}) before it served: ${this.log}`)),
      );
    });
    this.#endpoint = await withDeadline(ready, PATIENCE_MS, 'the server did not start');
  }

  /** Asks the server to end and waits until it has. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Kills the server without warning. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Process ids of this server's token hosts, by token id. */
  async tokenHosts(): Promise<Map<string, number>> {
    const children = await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    const hosts = new Map<string, number>();
    for (const pid of children.split(' ').filter(Boolean).map(Number)) {
      const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      const at = args.indexOf('token-host');
      const id = at === -1 ? undefined : args[at + 1];
      if (id) hosts.set(id, pid);
    }
    return hosts;
  }

  async credentials() {
    const credentials = await readSharedCredentials(join(this.dataDir, 'credentials'));
    if (!credentials) throw new Error('the server wrote no credentials');
    return credentials;
  }

  /** The real SDK's client, without retries unless asked. */
  async client(config: KMSClientConfig = {}): Promise<KMSClient> {
    return new KMSClient({
      endpoint: this.endpoint,
      region: REGION,
      credentials: await this.credentials(),
      maxAttempts: 1,
      ...config,
    });
  }

  async dispose(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  #spawn(args: readonly string[]): ChildProcess {
    const ready = withReadyPairs(this.settings);
    return spawn(process.execPath, [...ready.execArgv, CLI, ...args], {
      cwd: this.dir,
      env: { PATH: process.env.PATH, ...ready.env, ...this.settings.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await withDeadline(exited, PATIENCE_MS, `the server did not end on ${signal}: ${this.log}`);
  }
}

/** Rejects with `message` when `promise` takes longer than `ms`. */
export async function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  message: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
