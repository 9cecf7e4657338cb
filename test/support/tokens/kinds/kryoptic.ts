import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KRYOPTIC_MODULE } from '../kryoptic/build.js';
import type { TokenKind } from '../token-kind.js';

const LABEL = 'kryoptic';
const PIN = 'kryoptic-1234';
const SO_PIN = '12345678';

export const kryoptic: TokenKind = {
  name: 'kryoptic',
  make: async (dir) => {
    const conf = join(dir, 'kryoptic.conf');
    const slot = [
      '[[slots]]',
      'slot = 1',
      'dbtype = "sqlite"',
      `dbargs = "${join(dir, 'token.sql')}"`,
    ];
    await writeFile(conf, `${slot.join('\n')}\n`);
    const env = { KRYOPTIC_CONF: conf };
    const pkcs11Tool = (...args: string[]) =>
      promisify(execFile)('pkcs11-tool', ['--module', KRYOPTIC_MODULE, ...args], {
        env: { ...process.env, ...env },
      });
    await pkcs11Tool('--init-token', '--label', LABEL, '--so-pin', SO_PIN);
    await pkcs11Tool(
      ...['--login', '--login-type', 'so', '--so-pin', SO_PIN, '--init-pin', '--pin', PIN],
    );
    return {
      settings: { module: KRYOPTIC_MODULE, label: LABEL, vendor: 'kryoptic', env },
      pin: PIN,
      dispose: async () => undefined,
    };
  },
};
