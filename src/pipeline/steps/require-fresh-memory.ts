import type { PipelineCall } from '../call.js';

export interface MemoryPorts {
  readonly memory: {
    /** @throws CommonError ServiceUnavailableException */
    require(): void | Promise<void>;
  };
}

/**
 * Nothing is decided by what may have been revoked: a call goes on only while memory is as new as is
 * promised, else it waits for the look at the change feed that is under way.
 * @throws CommonError ServiceUnavailableException while the database doesn't answer
 */
export function requireFreshMemory(_call: PipelineCall, ports: MemoryPorts): void | Promise<void> {
  return ports.memory.require();
}
