import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTrustAnchor } from '../../native-setup/softhsm/trust-anchor.js';
import { buildFaultModule, FaultControl } from '../support/fault-module/fault-module.js';
import { makeSoftHsmToken } from '../support/softhsm-token.js';

/** A SoftHSM token behind the fault module, as one or more CloudHSM clusters of a configuration. */
export interface TestCluster {
  readonly certificate: string;
  readonly pin: string;
  readonly faults: FaultControl;
  /** Entries for `tokens:` in the YAML. */
  readonly tokens: readonly object[];
  /** What CreateCustomKeyStore needs for one of the ids. */
  readonly members: (
    id: string,
    name: string,
  ) => {
    CustomKeyStoreName: string;
    CloudHsmClusterId: string;
    TrustAnchorCertificate: string;
    KeyStorePassword: string;
  };
  readonly dispose: () => Promise<void>;
}

/** Makes one token that all of these cluster ids stand for: they have one certificate. */
export async function makeTestCluster(...ids: string[]): Promise<TestCluster> {
  const [token, module] = await Promise.all([makeSoftHsmToken(), buildFaultModule()]);
  const faults = new FaultControl(token.dir, token.module);
  await faults.clear();
  const certificate = makeTrustAnchor(ids[0] ?? 'cluster', new Date());
  const trustAnchor = join(token.dir, 'customerCA.crt');
  await writeFile(trustAnchor, certificate, { mode: 0o600 });
  const { pin, label } = token;
  return {
    certificate,
    pin,
    faults,
    tokens: ids.map((id) => ({
      ...{ id, module, label, trustAnchor },
      vendor: 'softhsm',
      env: { ...token.env, ...faults.env },
    })),
    members: (CloudHsmClusterId, CustomKeyStoreName) => ({
      CustomKeyStoreName,
      CloudHsmClusterId,
      TrustAnchorCertificate: certificate,
      KeyStorePassword: pin,
    }),
    dispose: token.dispose,
  };
}
