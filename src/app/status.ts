/** What `strongroom status` shows of a server that runs. */
import type { Config } from '../config/config.js';
import type { Readiness } from '../protocols/http/readiness.js';
import type { TokenFigures } from '../token-host/client/token-figures.js';
import { type CertificateExpiry, certificateExpiry } from './certificate-expiry.js';
import { operatorArn } from './operator.js';

export interface Status {
  readonly version: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endpoint: string;
  readonly ready: boolean;
  readonly parts: readonly {
    readonly name: string;
    readonly usable: boolean;
    readonly why?: string;
  }[];
  readonly warnings: readonly string[];
  /** Without its address, in which a password may stand. */
  readonly database: 'SQLite' | 'PostgreSQL';
  readonly regions: readonly string[];
  readonly accounts: readonly string[];
  readonly tokens: readonly Pick<
    TokenFigures,
    'tokenId' | 'state' | 'reason' | 'pending' | 'objects'
  >[];
  /** Of TLS, if any. */
  readonly certificate?: CertificateExpiry;
  /** As whom calls by the operator's socket act. */
  readonly operator: string;
}

export interface StatusPorts {
  readonly config: Config;
  readonly version?: string | undefined;
  readonly endpoint: string;
  readonly startedAt: Date;
  readonly readiness: () => Readiness;
  readonly rootClient: { readonly figures: TokenFigures };
  readonly tokenFigures: () => readonly TokenFigures[];
}

export async function statusOf(ports: StatusPorts): Promise<Status> {
  const { config, version = 'unknown', endpoint, startedAt, readiness } = ports;
  const { parts, warnings } = readiness();
  const figures = [ports.rootClient.figures, ...ports.tokenFigures()];
  return {
    version,
    pid: process.pid,
    startedAt: startedAt.toISOString(),
    endpoint,
    ready: parts.every(({ usable }) => usable),
    parts: parts.map(({ name, usable, why }) =>
      usable || why === undefined ? { name, usable } : { name, usable, why },
    ),
    warnings,
    database: config.databaseUrl.reveal().startsWith('sqlite:') ? 'SQLite' : 'PostgreSQL',
    regions: config.regions,
    accounts: [config.accountId, ...config.accounts],
    tokens: figures.map(({ tokenId, state, reason, pending, objects }) => ({
      ...{ tokenId, state, reason, pending, objects },
    })),
    ...(config.tls && { certificate: await certificateExpiry(config.tls) }),
    operator: operatorArn(config),
  };
}
