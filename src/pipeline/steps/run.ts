import type { Operation } from '../../declare/operation.js';
import type { PipelineCall } from '../call.js';

/** An operation as a service's calls run it. */
export interface RunnableOperation<Call, Ports> extends Operation {
  readonly run: (call: Call, ports: Ports) => Promise<Record<string, unknown>>;
}

/** Does what was asked for. @throws ServiceError of the operation's own */
export async function run<Call extends PipelineCall<RunnableOperation<Call, Ports>>, Ports>(
  call: Call,
  ports: Ports,
): Promise<void> {
  call.output = await call.operation.run(call, ports);
}
