import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateKeyCommand, type CreateKeyCommandInput, type KMSClient } from '@aws-sdk/client-kms';
import { stringify } from 'yaml';
import { connectedKeyStore, connectionState } from '../../test/support/custom-key-store.js';
import { buildFaultModule, FaultControl } from '../../test/support/fault-module/fault-module.js';
import { PATIENCE_MS } from '../../test/support/patience.js';
import { SOFTHSM_MODULE } from '../../test/support/softhsm-token.js';
import { Strongroom } from '../../test/support/strongroom.js';
import { Load, type LoadResult, measureLoad } from './load.js';
import { cpuMicroseconds } from './process-usage.js';
import type { RawToken } from './raw-loop-messages.js';
import { type KmsCall, signedRequests } from './signed-requests.js';
import type { Sizes } from './sizes.js';
import { DEFAULT_SESSIONS } from './sizes.js';

const TOKEN_ID = 'cluster-softhsmtoken';
const POLL_MS = 100;

export interface LoadOrder {
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** A load's result, and what it cost: microseconds of CPU for each request answered. */
export interface ServedLoad extends LoadResult {
  readonly serverCpu: number;
  readonly tokenHostCpu: number;
}

/**
 * A server of the bench's own, in a temporary directory, on a free port of the loopback interface.
 * Its second token lies behind the fault module, which can make it slow.
 */
export class BenchServer {
  readonly strongroom: Strongroom;
  readonly faults: FaultControl;
  /** The second token, for the raw loop. */
  readonly rawToken: RawToken;
  client!: KMSClient;
  softwareKeyId!: string;
  tokenKeyId!: string;
  #customKeyStoreId!: string;

  readonly sizes: Sizes;

  private constructor(
    strongroom: Strongroom,
    faults: FaultControl,
    rawToken: RawToken,
    sizes: Sizes,
  ) {
    this.sizes = sizes;
    this.strongroom = strongroom;
    this.faults = faults;
    this.rawToken = rawToken;
  }

  /** Makes the tokens, starts the server, connects the token's key store, makes a key in each. */
  static async start(sizes: Sizes): Promise<BenchServer> {
    const strongroom = await Strongroom.create();
    try {
      const { dir, dataDir } = strongroom;
      const faults = new FaultControl(dir, SOFTHSM_MODULE);
      await faults.clear();
      const bench = new BenchServer(
        strongroom,
        faults,
        {
          module: await buildFaultModule(),
          label: TOKEN_ID,
          pin: await readFile(join(dataDir, `${TOKEN_ID}.pin`), 'utf8'),
          env: { SOFTHSM2_CONF: join(dataDir, 'softhsm', 'softhsm2.conf'), ...faults.env },
        },
        sizes,
      );
      await bench.#configure(DEFAULT_SESSIONS);
      await bench.startServer();
      bench.#customKeyStoreId = await connectedKeyStore(strongroom, bench.client);
      await bench.#tokenIsTried();
      bench.softwareKeyId = await bench.createKey({});
      bench.tokenKeyId = await bench.createKey(bench.tokenPlacement);
      return bench;
    } catch (error) {
      await strongroom.dispose();
      throw error;
    }
  }

  /** Starts the server afresh, with other settings for the second token. */
  async restartWith(sessions: number, settings: Record<string, unknown> = {}): Promise<void> {
    await this.strongroom.stop();
    await this.#configure(sessions, settings);
    await this.startServer();
    await connectionState(this.client, this.#customKeyStoreId, 'CONNECTED');
    await this.#tokenIsTried();
  }

  /** What a connection costs in its first seconds, when the token is tried out, is no request's cost. */
  async #tokenIsTried(): Promise<void> {
    if (!this.sizes.untilTried) return;
    const untried = /^strongroom_token_capability\{.*verdict="unknown"\} 1$/m;
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const text = await (await fetch(`${this.strongroom.endpoint}/metrics`)).text();
      if (text.includes('strongroom_token_capability{') && !untried.test(text)) return;
      if (performance.now() > deadline) throw new Error('the token was not tried out in time');
      await wait(POLL_MS);
    }
  }

  /** Starts the server process, again after a stop. @returns milliseconds until it served. */
  async startServer(): Promise<number> {
    const startedAt = performance.now();
    await this.strongroom.start();
    const milliseconds = performance.now() - startedAt;
    this.client = await this.strongroom.client();
    return milliseconds;
  }

  /** The members of CreateKey that put a key into the second token. */
  get tokenPlacement(): CreateKeyCommandInput {
    return { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: this.#customKeyStoreId };
  }

  /** @returns the key's id. */
  async createKey(input: CreateKeyCommandInput): Promise<string> {
    const { KeyMetadata } = await this.client.send(new CreateKeyCommand(input));
    if (!KeyMetadata?.KeyId) throw new Error('no key was made');
    return KeyMetadata.KeyId;
  }

  /** Begins a load of these calls, signed by the SDK. */
  async load(calls: readonly KmsCall[], connections: number): Promise<Load> {
    const requests = await signedRequests(this.client, calls);
    return Load.start(this.strongroom.endpoint, requests, connections);
  }

  /** Ends the second token's host without warning. */
  async killTokenHost(): Promise<void> {
    const pid = (await this.strongroom.tokenHosts()).get(TOKEN_ID);
    if (pid === undefined) throw new Error('the token has no host');
    process.kill(pid, 'SIGKILL');
  }

  /** Runs a load of these calls and reads what it cost. */
  async measure(calls: readonly KmsCall[], order: LoadOrder): Promise<ServedLoad> {
    const load = await this.load(calls, order.connections);
    const hosts = await this.strongroom.tokenHosts();
    const cpu = { server: 0, tokenHost: 0 };
    const read = async (sign: 1 | -1) => {
      cpu.server += sign * (await cpuMicroseconds(this.strongroom.pid));
      const host = hosts.get(TOKEN_ID);
      if (host !== undefined) cpu.tokenHost += sign * (await cpuMicroseconds(host));
    };
    const result = await measureLoad(load, order, async (work) => {
      await read(-1);
      const measured = await work();
      await read(1);
      return measured;
    });
    return {
      ...result,
      serverCpu: cpu.server / result.requests,
      tokenHostCpu: cpu.tokenHost / result.requests,
    };
  }

  async #configure(sessions: number, settings: Record<string, unknown> = {}): Promise<void> {
    const { module, label, env } = this.rawToken;
    const trustAnchor = join(this.strongroom.dataDir, `${TOKEN_ID}.crt`);
    const place = { id: TOKEN_ID, vendor: 'softhsm', module, label, trustAnchor };
    const yaml = stringify({ port: 0, tokens: [{ ...place, sessions, env, ...settings }] });
    await writeFile(join(this.strongroom.dir, 'strongroom.yaml'), yaml);
  }

  async dispose(): Promise<void> {
    await this.faults.clear();
    await this.strongroom.dispose();
  }
}
