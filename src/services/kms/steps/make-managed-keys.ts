import type { KmsCall } from '../call.js';
import { makeManagedKey } from '../managed/managed-keys.js';
import { authorize } from './authorize.js';
import type { AuthorizePorts } from './authorize-key.js';
import { type ResolvePorts, readCiphertexts, resolveKeys } from './resolve-keys.js';

type Ports = ResolvePorts & AuthorizePorts;

/**
 * Makes the AWS managed keys that a call named first, now that it may use them: a refused call
 * changes nothing. The key that is there afterwards may be another server's, so it is asked again.
 * @throws ServiceError as `resolveKeys` and `authorize` do
 */
export function makeManagedKeys(call: KmsCall, ports: Ports): void | Promise<void> {
  if (call.authorized.some(({ planned }) => planned)) return makePlanned(call, ports);
}

async function makePlanned(call: KmsCall, ports: Ports): Promise<void> {
  for (const { planned, key, aliasName } of call.authorized) {
    if (planned && aliasName) await makeManagedKey(key, aliasName, call.deadline, ports);
  }
  call.decisions.length = 0;
  await resolveKeys(call, ports);
  await authorize(call, ports);
  readCiphertexts(call);
}
