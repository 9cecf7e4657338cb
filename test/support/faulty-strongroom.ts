import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildFaultModule, FaultControl } from './fault-module/fault-module.js';
import { SOFTHSM_MODULE } from './softhsm-token.js';
import { Strongroom } from './strongroom.js';

export const CLUSTER_ID = 'cluster-softhsmtoken';

export interface FaultySettings {
  /** Further settings in the layout of strongroom.yaml. */
  readonly yaml?: Record<string, unknown>;
  /** Further members of every entry of `tokens`. */
  readonly token?: Record<string, unknown>;
  /** Further environment of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A Strongroom whose two quick-start tokens stand behind fault modules. It is not started. */
export interface FaultyStrongroom {
  readonly strongroom: Strongroom;
  readonly root: FaultControl;
  readonly cluster: FaultControl;
  readonly dispose: () => Promise<void>;
}

/** Makes the quick start's tokens, then puts a fault module of its own before each of them. */
export async function faultyStrongroom(settings: FaultySettings = {}): Promise<FaultyStrongroom> {
  const strongroom = await Strongroom.create(settings.env ? { env: settings.env } : {});
  const module = await buildFaultModule();
  const [root, cluster] = await Promise.all(
    ['root', 'cluster'].map((name) => faultsIn(join(strongroom.dir, `${name}-faults`))),
  );
  if (!root || !cluster) throw new Error('no fault module was made');
  const tokens = [
    tokenEntry(strongroom.dataDir, 'root', { module, env: root.env, ...settings.token }),
    tokenEntry(strongroom.dataDir, CLUSTER_ID, { module, env: cluster.env, ...settings.token }),
  ];
  await configure(strongroom, { ...settings.yaml, tokens });
  return {
    strongroom,
    root,
    cluster,
    dispose: async () => {
      await Promise.all([root.clear(), cluster.clear()]);
      await strongroom.dispose();
    },
  };
}

/** Puts another strongroom.yaml in place; it counts from the next start. */
export async function configure(
  strongroom: Strongroom,
  yaml: Record<string, unknown>,
): Promise<void> {
  await writeFile(join(strongroom.dir, 'strongroom.yaml'), stringify({ port: 0, ...yaml }));
}

/** An entry of `tokens` for a token that the quick start made in this data directory. */
export function tokenEntry(
  dataDir: string,
  id: string,
  { env, ...members }: { env?: Readonly<Record<string, string>> } & Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    id,
    label: id,
    module: SOFTHSM_MODULE,
    vendor: 'softhsm',
    pinFile: join(dataDir, `${id}.pin`),
    ...(id === 'root' ? {} : { trustAnchor: join(dataDir, `${id}.crt`) }),
    env: { SOFTHSM2_CONF: join(dataDir, 'softhsm', 'softhsm2.conf'), ...env },
    ...members,
  };
}

async function faultsIn(dir: string): Promise<FaultControl> {
  await mkdir(dir, { mode: 0o700 });
  const faults = new FaultControl(dir, SOFTHSM_MODULE);
  await faults.clear();
  return faults;
}
