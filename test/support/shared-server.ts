/**
 * One server for all test files of a run that leave it as it is: it has three Regions and a CONNECTED
 * custom key store. Starting one for each file took a tenth of the run.
 */
import { connectedKeyStore } from './custom-key-store.js';
import { Strongroom } from './strongroom.js';

/** Holds, as JSON, where the server is. The workers of the tests inherit it. */
const SHARED = 'SHARED_SERVER';

/** The Regions that suites need: the keys' own, their replicas', and one that has no replica of any. */
export const [HOME, OTHER_REGION, FREE_REGION] = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;

export const SHARED_SETTINGS = {
  yaml: {
    regions: [HOME, OTHER_REGION, FREE_REGION],
    // The primes of an RSA_4096 key take as long as they take, more so on a busy machine.
    limits: { requestTimeoutMs: 60_000 },
  },
};

let started: Strongroom | undefined;

/** Vitest's global set-up, after the one that prepares data directories. */
export async function setup(): Promise<void> {
  try {
    started = await Strongroom.start(SHARED_SETTINGS);
    const customKeyStoreId = await connectedKeyStore(started, await started.client());
    const { dir, endpoint } = started;
    process.env[SHARED] = JSON.stringify({ dir, endpoint, customKeyStoreId });
  } catch (error) {
    // Tests without a server still run.
    process.env[SHARED] = JSON.stringify({ why: String(error) });
  }
}

export async function teardown(): Promise<void> {
  await started?.dispose();
}

export function sharedServer(): {
  readonly strongroom: Strongroom;
  readonly customKeyStoreId: string;
} {
  const { dir, endpoint, customKeyStoreId, why } = JSON.parse(process.env[SHARED] ?? '{}');
  if (endpoint === undefined) throw new Error(`the shared server could not be started: ${why}`);
  return { strongroom: Strongroom.running(dir, endpoint, SHARED_SETTINGS), customKeyStoreId };
}
