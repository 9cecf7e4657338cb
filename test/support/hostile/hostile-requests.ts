/** The test of hostile requests, as long as it is told to be. */
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomMoments } from '../kills/random-moments.js';
import { clientsOf, newUser } from '../principals.js';
import { RawClient } from '../raw-client.js';
import { Strongroom } from '../strongroom.js';
import { sendHostile } from './hostile-clients.js';
import { SignedRequests } from './signed-requests.js';
import { growth, Watch } from './watch.js';

const MEBIBYTE = 1024 * 1024;
const CLIENTS = 48;

export interface HostileTest {
  readonly count: number;
  /** How much more memory the server may hold in the last quarter than in the first. */
  readonly mayGrowMiB: number;
  /** How long a good call beside them may take. */
  readonly canaryMs: number;
  /** How long good calls are looked at first, with nobody beside them: what they take on this machine. */
  readonly restMs?: number;
}

export function describeHostile({ count, mayGrowMiB, canaryMs, restMs }: HostileTest): void {
  describe(`${count} hostile requests`, () => {
    let strongroom: Strongroom;
    beforeAll(async () => {
      // Silent clients are put off while the test is looking.
      strongroom = await Strongroom.start({ yaml: { limits: { headersTimeoutMs: 1000 } } });
    });
    afterAll(() => strongroom.dispose());

    it('take no memory for good, hold nobody up and find no fault', async () => {
      const root = clientsOf(strongroom, await strongroom.credentials());
      const { KeyMetadata } = await root.kms.send(new CreateKeyCommand({}));
      const keyId = KeyMetadata?.KeyId ?? '';
      const stranger = await newUser(strongroom, root, 'stranger');
      const client = new RawClient(strongroom);
      const { hostname: host, port } = new URL(strongroom.endpoint);
      if (restMs !== undefined) {
        const rest = new Watch(strongroom.pid, client, keyId);
        await new Promise((resolve) => setTimeout(resolve, restMs));
        console.log(`at rest: ${canaryFigures((await rest.stop()).canaries)}`);
      }
      const watch = new Watch(strongroom.pid, client, keyId);
      const begun = performance.now();
      const heard = await sendHostile({
        address: { host, port: Number(port) },
        requests: new SignedRequests(client, keyId, stranger.credentials),
        ...{ random: new RandomMoments(), count, atOnce: CLIENTS },
      }).finally(() => watch.stop());
      const seconds = (performance.now() - begun) / 1000;
      const { memory, canaries, failed } = await watch.stop();
      const grown = Math.round(growth(memory) / MEBIBYTE);
      const peak = Math.round(Math.max(...memory) / MEBIBYTE);
      console.log(
        `${heard.sent} requests in ${seconds.toFixed(0)} s; memory grew by ${grown} MiB, at most ${peak} MiB; ${canaryFigures(canaries)}; answers ${JSON.stringify(Object.fromEntries(heard.answers))}`,
      );
      expect(heard.faults.slice(0, 10)).toEqual([]);
      expect(failed).toEqual([]);
      expect([...heard.ways].filter(([, times]) => times === 0)).toEqual([]);
      expect(grown).toBeLessThan(mayGrowMiB);
      expect(Math.max(...canaries)).toBeLessThan(canaryMs);
    });
  });
}

function canaryFigures(canaries: readonly number[]): string {
  const sorted = canaries.toSorted((one, other) => one - other);
  const at = (part: number) => Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0);
  return `${canaries.length} canaries: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
}
