import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { kmsError } from '../../errors.js';

/** A configured token that may stand behind a custom key store. */
export interface Cluster {
  readonly id: string;
  /** The PEM file of its certificate. */
  readonly trustAnchor?: string | undefined;
  /** Accounts that may claim it; nobody without. */
  readonly accounts?: readonly string[] | undefined;
}

/** The configured tokens by CloudHsmClusterId. */
export type Clusters = ReadonlyMap<string, Cluster>;

/** Undefined also for a token that isn't the account's: nobody learns whether there is one. */
export function clusterOf<Token extends Cluster>(
  clusters: ReadonlyMap<string, Token>,
  clusterId: string,
  accountId: string,
): Token | undefined {
  const cluster = clusters.get(clusterId);
  return cluster?.accounts?.includes(accountId) ? cluster : undefined;
}

/**
 * The token that stands behind a cluster id, for this account.
 * @throws ServiceError CloudHsmClusterNotFoundException
 */
export function findCluster(clusters: Clusters, clusterId: string, accountId: string): Cluster {
  const cluster = clusterOf(clusters, clusterId, accountId);
  if (!cluster) {
    throw kmsError(
      'CloudHsmClusterNotFoundException',
      `No token with the id ${clusterId} is configured.`,
    );
  }
  return cluster;
}

/**
 * SHA-256 fingerprint of the certificate that the operator configured for a token (customerCA.crt).
 * @throws ServiceError CloudHsmClusterInvalidConfigurationException without a readable certificate.
 */
export async function clusterFingerprint(cluster: Cluster): Promise<string> {
  if (cluster.trustAnchor !== undefined) {
    const pem = await readFile(cluster.trustAnchor, 'utf8').catch(() => '');
    const fingerprint = certificateFingerprint(pem);
    if (fingerprint !== undefined) return fingerprint;
  }
  throw kmsError(
    'CloudHsmClusterInvalidConfigurationException',
    `The token ${cluster.id} has no readable trust anchor certificate configured.`,
  );
}

/** Undefined when the text isn't a PEM certificate. */
export function certificateFingerprint(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}
