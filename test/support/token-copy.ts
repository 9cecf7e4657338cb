import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFaultModule, FaultControl } from './fault-module/fault-module.js';
import {
  CLUSTER_ID,
  configure,
  type FaultySettings,
  type FaultyStrongroom,
  tokenEntry,
} from './faulty-strongroom.js';
import { SOFTHSM_MODULE } from './softhsm-token.js';

export const COPY_ID = 'cluster-softhsmtokenb';

/** Where the copy is, as a data directory has a token: its PIN, and its SoftHSM. */
export function placeOfCopy({ strongroom }: FaultyStrongroom) {
  return { dataDir: join(strongroom.dir, 'copy') };
}

/**
 * Copies the cluster's token, as SoftHSM is cloned, and puts the copy beside it as its member, behind a
 * fault module of its own. The server must be stopped; the settings count from its next start.
 */
export async function addTokenCopy(
  faulty: FaultyStrongroom,
  { token, yaml }: FaultySettings = {},
): Promise<FaultControl> {
  const { strongroom, root, cluster } = faulty;
  const { dataDir, dir } = strongroom;
  const softhsm = join(placeOfCopy(faulty).dataDir, 'softhsm');
  await cp(join(dataDir, 'softhsm'), softhsm, { recursive: true });
  const pin = `${CLUSTER_ID}.pin`;
  await cp(join(dataDir, pin), join(placeOfCopy(faulty).dataDir, pin));
  const conf = join(softhsm, 'softhsm2.conf');
  await writeFile(conf, `directories.tokendir = ${join(softhsm, 'tokens')}\n`, { mode: 0o600 });
  const faultDir = join(dir, 'copy-faults');
  await mkdir(faultDir, { mode: 0o700 });
  const faults = new FaultControl(faultDir, SOFTHSM_MODULE);
  await faults.clear();
  const module = await buildFaultModule();
  const tokens = [
    tokenEntry(dataDir, 'root', { module, env: root.env, ...token }),
    tokenEntry(dataDir, CLUSTER_ID, { module, env: cluster.env, ...token }),
    tokenEntry(dataDir, COPY_ID, {
      ...{ module, label: CLUSTER_ID, memberOf: CLUSTER_ID },
      ...{ pinFile: undefined, trustAnchor: undefined },
      env: { SOFTHSM2_CONF: conf, ...faults.env },
      ...token,
    }),
  ];
  await configure(strongroom, { ...yaml, tokens });
  return faults;
}
