import type { PipelineCall } from '../call.js';

/**
 * What is called, before who calls, so that the record can name it.
 * @throws ServiceError UnknownOperationException, in the service's spelling
 */
export function route(call: PipelineCall): void {
  call.operation = call.routed.route();
}
