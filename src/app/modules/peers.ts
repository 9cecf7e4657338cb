import type { Database } from '../../db/database.js';
import type { RowSeals } from '../../db/row-seals.js';
import type { WallClock } from '../../kernel/time.js';
import type { RootToken } from '../../keystores/root-token/root-token.js';
import type { Metrics } from '../../observe/metrics.js';
import { openPeerIdentity } from '../../services/kms/peers/identity.js';
import { Messages } from '../../services/kms/peers/messages.js';
import { PeerClient, type PeerClientOptions } from '../../services/kms/peers/peer-client.js';
import { readPeers } from '../../services/kms/peers/peer-config.js';
import { PeerReplicas, type PeerReplicasPorts } from '../../services/kms/peers/peer-replicas.js';
import { PeerRepository } from '../../services/kms/peers/peer-repository.js';
import { PeerServer, type PeerServerPorts } from '../../services/kms/peers/peer-server.js';
import { Peers } from '../../services/kms/peers/peers.js';
import { TransportKey } from '../../services/kms/peers/transport-key.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { ServerOptions } from '../options.js';

const IDENTITY_TIMEOUT_MS = 60_000;

interface Needs extends Pick<ServerOptions, 'config'> {
  readonly database: Database;
  readonly seals: RowSeals;
  readonly rootToken: RootToken;
  readonly wallClock: WallClock;
  readonly metrics: Metrics;
}

/** Servers of other Regions: what this one may ask of them. */
export async function peers({ config, database, seals, rootToken, wallClock, metrics }: Needs) {
  const peerRepository = new PeerRepository({ database, seals });
  const knownPeers = readPeers(config.peers);
  const deadline = wallClock() + IDENTITY_TIMEOUT_MS;
  const identity = await openPeerIdentity(peerRepository, rootToken, deadline);
  const messages = new Messages({ identity, wallClock, taken: peerRepository });
  const calls = metrics.counter('strongroom_peer_calls_total');
  const called: PeerClientOptions['called'] = (region, outcome) => calls({ region, outcome }).inc();
  return {
    provides: {
      peerRepository,
      knownPeers,
      messages,
      peerPublicKey: identity.publicKeyText,
      peers: new Peers({
        peers: knownPeers,
        client: new PeerClient({ messages, wallClock, called }),
        sealer: rootToken,
      }),
    },
  };
}

type ServerNeeds = Omit<PeerServerPorts, 'peers' | 'transportKey' | 'replicas'> &
  Omit<PeerReplicasPorts, 'peers' | 'transportKey' | 'partition'> &
  Pick<ServerOptions, 'config'> & {
    readonly knownPeers: PeerServerPorts['peers'];
    readonly peerRepository: PeerRepository;
    readonly rootClient: TokenClient;
  };

/** What they may ask of this one. */
export function peerServer({
  config,
  knownPeers,
  peerRepository,
  rootClient,
  ...ports
}: ServerNeeds) {
  const transportKey = new TransportKey({ client: rootClient, repository: peerRepository });
  const { partition } = config;
  const shared = { ...ports, peers: knownPeers, transportKey };
  const replicas = new PeerReplicas({ ...shared, partition });
  return { provides: { peerServer: new PeerServer({ ...shared, replicas }) } };
}
