import { join } from 'node:path';
import { ConfigError } from './config-error.js';

/** Where Debian, Ubuntu and Fedora put SoftHSM2's PKCS#11 library. */
export const softHsmModules: readonly string[] = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
];

/** A token of the quick start, as it would stand in the YAML file. */
export interface QuickStartToken {
  readonly id: string;
  readonly module: string;
  readonly label: string;
  readonly vendor: 'softhsm';
  readonly pinFile: string;
  readonly trustAnchor?: string;
  readonly env: { readonly SOFTHSM2_CONF: string };
}

/**
 * The two SoftHSM tokens that a server without `tokens` uses: `root`, and `cluster-softhsmtoken` for
 * the custom key store walk-through. A token's label is its id; its files are in the data directory.
 */
export function quickStartTokens(
  dataDir: string,
  module: string,
): readonly [root: QuickStartToken, cluster: QuickStartToken] {
  const token = (id: string): QuickStartToken => ({
    id,
    module,
    label: id,
    vendor: 'softhsm',
    pinFile: join(dataDir, `${id}.pin`),
    env: { SOFTHSM2_CONF: join(dataDir, 'softhsm', 'softhsm2.conf') },
  });
  const cluster = token('cluster-softhsmtoken');
  return [token('root'), { ...cluster, trustAnchor: join(dataDir, `${cluster.id}.crt`) }];
}

/** @throws ConfigError when SoftHSM2 is in none of its usual places. */
export function findSoftHsm(exists: (path: string) => boolean): string {
  const module = softHsmModules.find(exists);
  if (module !== undefined) return module;
  throw new ConfigError(
    `tokens: SoftHSM2's PKCS#11 library is not installed (looked for ${softHsmModules.join(', ')}); ` +
      'install the package softhsm2 or name a root token of your own',
  );
}
