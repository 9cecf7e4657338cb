import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Debian's package `postgresql` has its programs, one directory a version. */
const VERSIONS = '/usr/lib/postgresql';
const READY = /ready to accept connections/;

/** The directory of the newest PostgreSQL's programs; undefined when none is installed. */
export function postgresqlPrograms(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const newestFirst = readdirSync(VERSIONS).sort((left, right) => Number(right) - Number(left));
  return newestFirst
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((directory) => existsSync(join(directory, 'initdb')));
}

/**
 * A PostgreSQL of a test's own: its cluster in the temporary directory, reached over a Unix socket
 * there and nowhere else. What it stores need not survive a power cut, so it never syncs.
 */
export class PostgresqlServer {
  readonly #dir: string;
  readonly #child: ChildProcess;
  #databases = 0;

  private constructor(dir: string, child: ChildProcess) {
    this.#dir = dir;
    this.#child = child;
  }

  static async start(programs: string): Promise<PostgresqlServer> {
    const dir = await mkdtemp(join(tmpdir(), 'strongroom-pg-'));
    const as = serverUser();
    if (as.uid !== undefined && as.gid !== undefined) await chown(dir, as.uid, as.gid);
    const data = join(dir, 'data');
    const initdb = ['--auth=trust', '--username=postgres', '--encoding=UTF8', '--no-sync', data];
    await run(join(programs, 'initdb'), initdb, { ...as, cwd: dir });
    const settings = { listen_addresses: '', unix_socket_directories: dir, fsync: 'off' };
    const child = spawn(
      join(programs, 'postgres'),
      [
        '-D',
        data,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...as, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    process.once('exit', () => child.kill('SIGQUIT'));
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => READY.test(line) && resolve());
      child.once('exit', (code) => reject(new Error(`postgres ended with ${code}`)));
    });
    return new PostgresqlServer(dir, child);
  }

  /** Makes an empty database. @returns its URL. */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    const as = ['--host', this.#dir, '--username', 'postgres'];
    await run('psql', [...as, '--command', `CREATE DATABASE ${name}`]);
    return `postgres://postgres@localhost/${name}?host=${encodeURIComponent(this.#dir)}`;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await ended;
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (option: string) =>
    Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
