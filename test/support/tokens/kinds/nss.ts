import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nssModule } from '../../nss-module.js';
import type { TokenKind } from '../token-kind.js';

const PIN = 'nss-1234-5678';

export const nss: TokenKind = {
  name: 'nss',
  make: async (dir) => {
    const pinFile = join(dir, 'password');
    await writeFile(pinFile, PIN, { mode: 0o600 });
    await promisify(execFile)('certutil', ['-N', '-d', `sql:${dir}`, '-f', pinFile]);
    return {
      settings: {
        module: nssModule(),
        label: 'NSS Certificate DB',
        vendor: 'nss',
        libraryParameters: `configdir='sql:${dir}' certPrefix='' keyPrefix='' secmod='secmod.db' flags= `,
      },
      pin: PIN,
      dispose: async () => undefined,
    };
  },
};
