import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHE = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'strongroom-tests',
  'kryoptic-openssl',
);

/** Kryoptic as a PKCS#11 module, where `buildKryoptic` puts it. */
export const KRYOPTIC_MODULE = join(CACHE, 'release', 'libkryoptic_token.so');

/**
 * Builds Kryoptic of crates.io with an OpenSSL 3.6 of its own, since Debian 12's lacks ML-DSA: ten
 * minutes the first time, next to nothing later. Needs a cargo that knows edition 2024 (1.85), which
 * Debian 12 doesn't have.
 */
export async function buildKryoptic(): Promise<void> {
  const manifest = fileURLToPath(new URL('./Cargo.toml', import.meta.url));
  const options = ['--locked', '--release', '--manifest-path', manifest, '--target-dir', CACHE];
  await promisify(execFile)('cargo', ['build', '--quiet', ...options]).catch((error: unknown) => {
    throw new Error(
      'Kryoptic could not be built; it needs cargo 1.85 or newer (https://rustup.rs), libclang-dev, libsqlite3-dev, make and perl',
      { cause: error },
    );
  });
}
