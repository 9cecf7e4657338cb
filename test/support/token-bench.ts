import { fileURLToPath } from 'node:url';
import { TokenClient } from '../../src/token-host/client/client.js';
import type { TokenClientOptions } from '../../src/token-host/client/client-options.js';
import type { TokenSettings } from '../../src/token-host/protocol/protocol.js';
import { buildFaultModule, FaultControl } from './fault-module/fault-module.js';
import { makeSoftHsmToken, type SoftHsmToken } from './softhsm-token.js';

/** The compiled entry of the token host; `npm run build` makes it. */
export const TOKEN_HOST_ENTRY = fileURLToPath(
  new URL('../../dist/src/token-host/host/main.js', import.meta.url),
);

/** A SoftHSM token behind the fault module, and clients for it. */
export interface TokenBench {
  readonly token: SoftHsmToken;
  readonly faults: FaultControl;
  readonly settings: TokenSettings;
  /** A client that is not started. It is stopped by `dispose`. */
  readonly client: (
    settings?: Partial<TokenSettings>,
    options?: Partial<TokenClientOptions>,
  ) => TokenClient;
  readonly dispose: () => Promise<void>;
}

let benches = 0;

/** Makes a token, a fault module before it, and room for their clients. */
export async function makeTokenBench(): Promise<TokenBench> {
  const [token, module] = await Promise.all([makeSoftHsmToken(), buildFaultModule()]);
  const faults = new FaultControl(token.dir, token.module);
  await faults.clear();
  benches += 1;
  const settings: TokenSettings = {
    id: `bench-${process.pid}-${benches}`,
    module,
    label: token.label,
    vendor: 'softhsm',
    sessions: 4,
    callTimeoutMs: 4000,
    managementTimeoutMs: 60_000,
    startTimeoutMs: 15_000,
    maxQueued: 4096,
    env: { ...token.env, ...faults.env },
  };
  const clients: TokenClient[] = [];
  return {
    token,
    faults,
    settings,
    client: (changed = {}, options = {}) => {
      const client = new TokenClient({
        settings: { ...settings, ...changed },
        entry: TOKEN_HOST_ENTRY,
        socketDir: `${token.dir}/sockets`,
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
        backOff: { firstMs: 20, maxMs: 200 },
        ...options,
      });
      clients.push(client);
      return client;
    },
    dispose: async () => {
      await faults.clear();
      await Promise.all(clients.map((client) => client.stop()));
      await token.dispose();
    },
  };
}
