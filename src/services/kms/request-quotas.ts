/** Which request quotas a call is charged to: by what its operation declares, and by its keys. */
import { type KeyType, specRow } from '../../crypto/algorithms.js';
import type { KmsCall } from './call.js';
import type { Key } from './keys/key.js';

const BY_KEY_TYPE = {
  aes: 'CryptographicOperationsSymmetric',
  hmac: 'CryptographicOperationsSymmetric',
  rsa: 'CryptographicOperationsRsa',
  ec: 'CryptographicOperationsEcc',
  ed25519: 'CryptographicOperationsEcc',
  sm2: 'CryptographicOperationsEcc',
  'ml-dsa': 'CryptographicOperationsMlDsa',
  'ml-kem': 'CryptographicOperationsMlKem',
} as const satisfies Record<KeyType, string>;

/** AWS counts a replica as two new keys: it tries first whether it could be made. */
const CREATIONS_OF_A_REPLICA = 2;

/** One quota that a call is charged to. */
export interface QuotaCharge {
  readonly quota: string;
  readonly amount: number;
  readonly region: string;
  /** Whose it is, beside the quota's name and the Region: an account or a custom key store. */
  readonly whose: string;
}

/** Of a call that is authorized. Its caller's account pays, whosever the keys are. */
export function chargesOf({ operation, input, authorized, scope }: KmsCall): QuotaCharge[] {
  const { accountId, region } = scope;
  const ofAccount = (quota: string) => ({ quota, amount: 1, region, whose: accountId });
  switch (operation.quota) {
    case 'symmetric':
      return [ofAccount(BY_KEY_TYPE.aes)];
    case 'keyPair':
      return [
        ofAccount(`GenerateDataKeyPair:${String(input.KeyPairSpec)}`),
        ...storeCharges(authorized),
      ];
    case 'keys': {
      const quotas = new Set(
        authorized.map(({ key }) => BY_KEY_TYPE[specRow(key.keySpec).keyType]),
      );
      return [...[...quotas].map(ofAccount), ...storeCharges(authorized)];
    }
    default: {
      const elsewhere = operation.elsewhere?.(input);
      if (!elsewhere) return [ofAccount(operation.name)];
      const amount = elsewhere.operation === 'CreateKey' ? CREATIONS_OF_A_REPLICA : 1;
      const there = { quota: elsewhere.operation, amount, region: elsewhere.region };
      return [ofAccount(operation.name), { ...there, whose: accountId }];
    }
  }
}

/** Every call of a store counts, whichever account's it is: they share the store. */
function storeCharges(authorized: readonly { readonly key: Key }[]): QuotaCharge[] {
  const stores = new Map(
    authorized.flatMap(({ key: { customKeyStoreId: id, region } }) =>
      id === undefined ? [] : [[id, region] as const],
    ),
  );
  const quota = 'CryptographicOperationsCustomKeyStore';
  return [...stores].map(([whose, region]) => ({ quota, amount: 1, region, whose }));
}
