import type { KmsCall } from '../call.js';

/** What must hold before anything is changed. @throws ServiceError of the operation's own */
export function checkOperation<Ports>(call: KmsCall<Ports>, ports: Ports): void | Promise<void> {
  return call.operation.check?.(call, ports);
}
