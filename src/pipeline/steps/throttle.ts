import type { Throttle } from '../../runtime/throttle.js';
import type { PipelineCall } from '../call.js';

export interface ThrottlePorts {
  readonly throttle: Throttle;
}

/** Takes a place, which the loop gives back at the call's end. @throws CommonError ThrottlingException */
export function throttle(call: PipelineCall, ports: ThrottlePorts): void {
  call.place = ports.throttle.enter(call.authenticated ? call.scope.accountId : undefined);
}
