import type { PipelineCall } from '../call.js';

/**
 * Parses and validates the input.
 * @throws CommonError SerializationException, ValidationException; ServiceError of the operation's own
 */
export function decode(call: PipelineCall): void {
  const { operation } = call;
  call.input = operation.decode(call.routed.members(operation));
  call.decoded = true;
}
