/** p11-kit over SoftHSM: by a socket, as another machine's token is reached, and in one process. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSoftHsmToken, SOFTHSM_MODULE } from '../../softhsm-token.js';
import { Daemon } from '../daemon.js';
import { libraryPath } from '../library-path.js';
import { listens } from '../listens.js';
import type { MadeToken, TokenKind } from '../token-kind.js';

/** A token of another machine, which can go away. */
export interface RemoteToken extends MadeToken {
  readonly server: Daemon;
}

/** The token of a `p11-kit server`, by p11-kit-client. */
export async function makeRemoteToken(dir: string): Promise<RemoteToken> {
  const { label, env, pin, dispose } = await makeSoftHsmToken();
  const socket = join(dir, 'p11-kit');
  const server = await Daemon.start({
    command: 'p11-kit',
    args: [
      ...['server', '--foreground', '-n', socket],
      ...['--provider', SOFTHSM_MODULE, `pkcs11:token=${label}`],
    ],
    env,
    serves: () => listens({ path: socket }),
  });
  return {
    settings: {
      module: libraryPath('pkcs11/p11-kit-client.so'),
      label,
      vendor: 'p11-kit',
      env: { P11_KIT_SERVER_ADDRESS: `unix:path=${socket}` },
    },
    pin,
    server,
    dispose: async () => {
      await server.kill();
      await dispose();
    },
  };
}

export const p11KitClient: TokenKind = {
  name: 'p11-kit-client',
  unfitForRoot: /can't do its work: sealing with AES-256-GCM failed: CKR_MECHANISM_INVALID/,
  make: makeRemoteToken,
};

/**
 * The proxy reads the modules of the machine and of its user: here those of a user whose home is the
 * directory, with the machine's left out.
 */
export const p11KitProxy: TokenKind = {
  name: 'p11-kit-proxy',
  make: async (dir) => {
    const { label, env, pin, dispose } = await makeSoftHsmToken();
    const config = join(dir, 'pkcs11');
    await mkdir(join(config, 'modules'), { recursive: true, mode: 0o700 });
    await writeFile(join(config, 'pkcs11.conf'), 'user-config: only\n');
    await writeFile(join(config, 'modules', 'softhsm.module'), `module: ${SOFTHSM_MODULE}\n`);
    return {
      settings: {
        module: libraryPath('p11-kit-proxy.so'),
        label,
        vendor: 'p11-kit',
        env: { ...env, HOME: dir, XDG_CONFIG_HOME: dir },
      },
      pin,
      dispose,
    };
  },
};
