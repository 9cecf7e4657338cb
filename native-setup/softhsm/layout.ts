import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Where Debian's and Ubuntu's libsofthsm2 package puts the library, on every architecture. */
export const SOFTHSM_LIBRARY = '/usr/lib/softhsm/libsofthsm2.so';

/** The token that seals the database. Every other token belongs to a custom key store. */
export const ROOT_TOKEN_ID = 'root';

/** Where SoftHSM's files are inside a data directory. All paths are absolute. */
export interface SoftHsmLayout {
  readonly dataDir: string;
  /** Everything SoftHSM owns, 0700. */
  readonly softHsmDir: string;
  /** The file that SOFTHSM2_CONF must name in every process that loads the library. */
  readonly configurationFile: string;
  /** One directory a token. */
  readonly tokensDir: string;
  /** Where a token is made, out of every other process's sight. */
  readonly stagingDir: string;
  readonly lockFile: string;
  readonly databaseFile: string;
}

/** The files that belong to one token. All of them are 0600. */
export interface TokenFiles {
  readonly pin: string;
  readonly soPin: string;
  /** Holds the serial of the finished token; written last. */
  readonly serial: string;
  readonly trustAnchor: string;
}

/** Lays out a data directory; `dataDir` may be relative to the working directory. */
export function softHsmLayout(dataDir: string): SoftHsmLayout {
  const root = path.resolve(dataDir);
  const softHsmDir = path.join(root, 'softhsm');
  return {
    dataDir: root,
    softHsmDir,
    configurationFile: path.join(softHsmDir, 'softhsm2.conf'),
    tokensDir: path.join(softHsmDir, 'tokens'),
    stagingDir: path.join(softHsmDir, 'making'),
    lockFile: path.join(softHsmDir, 'set-up.lock'),
    databaseFile: path.join(root, 'strongroom.sqlite'),
  };
}

/** The files of the token `id`. */
export function tokenFiles(layout: SoftHsmLayout, id: string): TokenFiles {
  return {
    pin: path.join(layout.dataDir, `${id}.pin`),
    soPin: path.join(layout.softHsmDir, `${id}.so-pin`),
    serial: path.join(layout.softHsmDir, `${id}.serial`),
    trustAnchor: path.join(layout.dataDir, `${id}.crt`),
  };
}

/**
 * Tells whether the token with this serial has its files in place, without loading the library.
 * SoftHSM names a token's directory by a UUID whose last 16 hexadecimal digits are the serial.
 */
export function tokenDirectoryExists(layout: SoftHsmLayout, serial: string): boolean {
  if (serial === '' || !existsSync(layout.tokensDir)) {
    return false;
  }
  return readdirSync(layout.tokensDir).some(
    (name) =>
      name.replaceAll('-', '').endsWith(serial) &&
      existsSync(path.join(layout.tokensDir, name, 'token.object')),
  );
}
