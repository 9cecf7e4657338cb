/** What the repository of custom key stores finds out; store-failures.ts has AWS's words for it. */
import { AlreadyExists, Conflict, NotFound } from '../../../kernel/facts.js';

export class CustomKeyStoreNotFound extends NotFound {
  readonly customKeyStoreId: string;

  constructor(customKeyStoreId: string) {
    super(`no custom key store ${customKeyStoreId}`);
    this.customKeyStoreId = customKeyStoreId;
  }
}

/** Another store of the account and Region has the name. */
export class CustomKeyStoreNameInUse extends AlreadyExists {
  readonly storeName: string;

  constructor(storeName: string) {
    super(`a custom key store has the name ${storeName}`);
    this.storeName = storeName;
  }
}

/** Another store has the cluster. */
export class ClusterInUse extends AlreadyExists {
  readonly clusterId: string;

  constructor(clusterId: string) {
    super(`a custom key store has the cluster ${clusterId}`);
    this.clusterId = clusterId;
  }
}

/** A key, be it one whose deletion is pending, is in the store. */
export class CustomKeyStoreHasKeys extends Conflict {
  readonly customKeyStoreId: string;

  constructor(customKeyStoreId: string) {
    super(`keys are in the custom key store ${customKeyStoreId}`);
    this.customKeyStoreId = customKeyStoreId;
  }
}
