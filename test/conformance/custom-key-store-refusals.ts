import { type Expected, validation, violation } from '../support/faces/refusals.js';

export const inUse = (id: string): Expected => ({
  name: 'CloudHsmClusterInUseException',
  message: `The CloudHSM cluster ${id} is already associated with a custom key store.`,
});
export const nameInUse = (name: string): Expected => ({
  name: 'CustomKeyStoreNameInUseException',
  message: `A custom key store named ${name} already exists.`,
});
export const noSuchCluster = (id: string): Expected => ({
  name: 'CloudHsmClusterNotFoundException',
  message: `No token with the id ${id} is configured.`,
});
export const noSuchStore = (id: string): Expected => ({
  name: 'CustomKeyStoreNotFoundException',
  message: `Custom key store ${id} does not exist.`,
});
export const ALL_THREE = validation(
  'CloudHsmClusterId, TrustAnchorCertificate and KeyStorePassword must be specified for a custom key store of type AWS_CLOUDHSM.',
);
export const atPassword = (text: string) =>
  violation(`Value at 'keyStorePassword' failed to satisfy constraint: Member must have ${text}`);
