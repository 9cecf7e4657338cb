/**
 * openCryptoki's soft token: the one that is a machine's. Its daemon and its token directory have paths
 * of the system (/var/lib/opencryptoki, /var/lock/opencryptoki), so this needs root, and the token
 * directory is emptied before and after. A token there that this didn't make is left alone, and refused.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { libraryPath } from '../library-path.js';
import type { TokenKind } from '../token-kind.js';

const run = promisify(execFile);

const TOKEN_DIRECTORY = '/var/lib/opencryptoki/swtok';
const OBJECTS = 'TOK_OBJ';
/** Says that what is in the directory is ours. */
const OURS = join(TOKEN_DIRECTORY, 'strongroom-test');
const SHARED_MEMORY = '/dev/shm/var.lib.opencryptoki.swtok';
const PID_FILE = '/var/run/pkcsslotd.pid';
/** The soft token's slot in the configuration that the package brings. */
const SLOT = '3';
const LABEL = 'strongroom-test';
const FIRST_SO_PIN = '87654321';
const SO_PIN = '76543210';
const FIRST_PIN = '11112222';
// At most 8, says the token.
const PIN = 'ock-1234';

export const opencryptoki: TokenKind = {
  name: 'opencryptoki',
  unfitForRoot: /can't do its work: sealing with AES-256-GCM failed: CKR_MECHANISM_INVALID/,
  make: async () => {
    await refuseAnothersToken();
    await run('systemd-tmpfiles', ['--create', 'opencryptoki.conf']);
    await empty();
    await writeFile(OURS, '');
    const daemon = await startSlotDaemon();
    const dispose = async () => {
      await stopSlotDaemon(daemon);
      await empty();
    };
    try {
      await pkcsconf(['-I', '-S', FIRST_SO_PIN], `${LABEL}\n`);
      await pkcsconf(['-P', '-S', FIRST_SO_PIN, '-n', SO_PIN]);
      await pkcsconf(['-u', '-S', SO_PIN, '-n', FIRST_PIN]);
      await pkcsconf(['-p', '-U', FIRST_PIN, '-n', PIN]);
    } catch (error) {
      await dispose();
      throw error;
    }
    return {
      settings: {
        module: libraryPath('pkcs11/libopencryptoki.so'),
        label: LABEL,
        vendor: 'opencryptoki',
      },
      pin: PIN,
      dispose,
    };
  },
};

async function refuseAnothersToken(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('openCryptoki’s token can only be made by root');
  const pid = (await readFile(PID_FILE, 'utf8').catch(() => '')).trim();
  if (pid !== '' && existsSync(`/proc/${pid}`)) {
    throw new Error(`pkcsslotd runs already (${pid}): end it first`);
  }
  const files = await readdir(TOKEN_DIRECTORY).catch(() => []);
  const objects = await readdir(join(TOKEN_DIRECTORY, OBJECTS)).catch(() => []);
  const isEmpty = files.every((name) => name === OBJECTS) && objects.length === 0;
  if (!isEmpty && !existsSync(OURS)) {
    throw new Error(`${TOKEN_DIRECTORY} holds a token that is not this test's`);
  }
}

/** The mark goes last, so that an emptying that is killed can be finished. */
async function empty(): Promise<void> {
  for (const name of await readdir(TOKEN_DIRECTORY)) {
    const path = join(TOKEN_DIRECTORY, name);
    if (path !== OURS) await rm(path, { recursive: true, force: true });
  }
  await mkdir(join(TOKEN_DIRECTORY, OBJECTS), { mode: 0o770 });
  await rm(SHARED_MEMORY, { force: true });
  await rm(OURS, { force: true });
}

/** It puts itself in the background; the shell ends it when its input does, so at this process's end. */
async function startSlotDaemon(): Promise<ChildProcess> {
  const child = spawn(
    'sh',
    ['-c', `pkcsslotd && echo started && read -r _; kill "$(cat ${PID_FILE})"`],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes('started')) return child;
  }
  throw new Error('pkcsslotd did not start');
}

async function stopSlotDaemon(child: ChildProcess): Promise<void> {
  const pid = (await readFile(PID_FILE, 'utf8')).trim();
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function pkcsconf(args: readonly string[], input = ''): Promise<void> {
  const command = run('pkcsconf', ['-c', SLOT, ...args]);
  command.child.stdin?.end(input);
  await command;
}
