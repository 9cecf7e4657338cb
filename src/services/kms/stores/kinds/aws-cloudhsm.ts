/** AWS_CLOUDHSM: a configured PKCS#11 token. Source: AWS KMS API Reference; lifecycle.md §7. */
import type { StoreConnection } from '../../../../keystores/contract/store-connection.js';
import { kmsError } from '../../errors.js';
import { refuse } from '../../refusals.js';
import type { StoreKind } from '../store-kind.js';
import {
  type Cluster,
  type Clusters,
  certificateFingerprint,
  clusterFingerprint,
  clusterOf,
  findCluster,
} from './trust-anchor.js';

/** @param connectTo a connection to the token of a cluster */
export function awsCloudHsm<Token extends Cluster>(
  clusters: ReadonlyMap<string, Token>,
  connectTo: (token: Token) => StoreConnection,
): StoreKind {
  return {
    type: 'AWS_CLOUDHSM',

    async created({ CloudHsmClusterId, TrustAnchorCertificate, KeyStorePassword }, accountId) {
      if (!CloudHsmClusterId || !TrustAnchorCertificate || !KeyStorePassword) {
        throw refuse.validation(
          'CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword must be specified for a custom key store of type AWS_CLOUDHSM.',
        );
      }
      const cluster = findCluster(clusters, CloudHsmClusterId, accountId);
      if (certificateFingerprint(TrustAnchorCertificate) !== (await clusterFingerprint(cluster))) {
        throw kmsError(
          'IncorrectTrustAnchorException',
          `The trust anchor certificate is not the one of ${CloudHsmClusterId}.`,
        );
      }
      return {
        settings: { cloudHsmClusterId: CloudHsmClusterId, trustAnchor: TrustAnchorCertificate },
        credential: KeyStorePassword,
      };
    },

    async updated(store, { CloudHsmClusterId: cloudHsmClusterId, KeyStorePassword: credential }) {
      const { trustAnchor } = store;
      if (cloudHsmClusterId !== undefined) {
        await requireRelated(clusters, cloudHsmClusterId, store);
      }
      return {
        ...(cloudHsmClusterId !== undefined && { settings: { cloudHsmClusterId, trustAnchor } }),
        ...(credential !== undefined && { credential }),
      };
    },

    shown: ({ cloudHsmClusterId, trustAnchor }) => ({
      CloudHsmClusterId: cloudHsmClusterId,
      TrustAnchorCertificate: trustAnchor,
    }),

    connectionTo({ cloudHsmClusterId, accountId }) {
      const token = clusterOf(clusters, cloudHsmClusterId, accountId);
      return token && connectTo(token);
    },
  };
}

/** A store may move only to a token with the same certificate: the one that has its keys. */
async function requireRelated(
  clusters: Clusters,
  clusterId: string,
  {
    trustAnchor,
    cloudHsmClusterId,
    accountId,
  }: { trustAnchor: string; cloudHsmClusterId: string; accountId: string },
): Promise<void> {
  const fingerprint = await clusterFingerprint(findCluster(clusters, clusterId, accountId));
  if (fingerprint !== certificateFingerprint(trustAnchor)) {
    throw kmsError(
      'CloudHsmClusterNotRelatedException',
      `The cluster ${clusterId} has another certificate than ${cloudHsmClusterId}.`,
    );
  }
}
