import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian's path of the SoftHSM2 library. */
export const SOFTHSM_MODULE = '/usr/lib/softhsm/libsofthsm2.so';

/** A SoftHSM token of its own directory and configuration. */
export interface SoftHsmToken {
  readonly module: string;
  readonly env: { readonly SOFTHSM2_CONF: string };
  readonly label: string;
  readonly pin: string;
  /** The temporary directory, mode 0700; room for sockets and control files too. */
  readonly dir: string;
  readonly dispose: () => Promise<void>;
}

/** Initialises a SoftHSM token in a temporary directory. `dispose` removes it. */
export async function makeSoftHsmToken({
  label = 'test',
  pin = '1234-5678',
}: {
  label?: string;
  pin?: string;
} = {}): Promise<SoftHsmToken> {
  const dir = await mkdtemp(join(tmpdir(), 'strongroom-token-'));
  await chmod(dir, 0o700);
  const tokens = join(dir, 'tokens');
  const conf = join(dir, 'softhsm2.conf');
  await mkdir(tokens, { mode: 0o700 });
  await writeFile(conf, `directories.tokendir = ${tokens}\nlog.level = ERROR\n`, { mode: 0o600 });
  const env = { SOFTHSM2_CONF: conf };
  await run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', pin],
    { env: { ...process.env, ...env } },
  );
  return {
    module: SOFTHSM_MODULE,
    env,
    label,
    pin,
    dir,
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
}
