/** CloudTrail as a service: what the audit trail has of a caller's account, by AWS's own clients. */
import type { IdentityOperation } from '../../declare/identity-operation.js';
import { registryOf } from '../../declare/operation.js';
import { PipelineCall } from '../../pipeline/call.js';
import type { Service } from '../../pipeline/service.js';
import { type AuthenticatePorts, authenticate } from '../../pipeline/steps/authenticate.js';
import { authorizeIdentity } from '../../pipeline/steps/authorize-identity.js';
import { decode } from '../../pipeline/steps/decode.js';
import { type MemoryPorts, requireFreshMemory } from '../../pipeline/steps/require-fresh-memory.js';
import { requireTrail, type TrailPorts } from '../../pipeline/steps/require-trail.js';
import { route } from '../../pipeline/steps/route.js';
import { run } from '../../pipeline/steps/run.js';
import { type ThrottlePorts, throttle } from '../../pipeline/steps/throttle.js';
import { cloudTrailErrors } from './errors.js';
import type { LookupPorts } from './lookup-events.operations.js';
import { sections } from './registry.js';

type Ports = MemoryPorts & AuthenticatePorts & ThrottlePorts & TrailPorts & LookupPorts;

export const cloudTrail: Service<PipelineCall<IdentityOperation<Ports>>, Ports> = {
  name: 'cloudtrail',
  wire: {
    jsonTarget: 'CloudTrail_20131101',
    // AWS's own clients name it so.
    otherJsonTarget: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
  },
  errors: {
    catalogue: cloudTrailErrors,
    spelling: {},
    internal: {
      code: 'InternalFailure',
      message: 'The request failed because of an internal error.',
    },
    wording: () => undefined,
  },
  sections,
  operations: registryOf(sections),
  steps: [
    route,
    requireFreshMemory,
    authenticate,
    decode,
    authorizeIdentity,
    throttle,
    requireTrail,
    run,
  ],
  open: (opened, home) => new PipelineCall(opened, home),
};
