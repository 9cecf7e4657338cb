/** The Resource Groups Tagging API as a service: one way to see and set the tags of every other. */
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
import { taggingErrors } from './errors.js';
import { sections } from './registry.js';
import type { TaggingPorts } from './taggable.js';

type Ports = MemoryPorts & AuthenticatePorts & ThrottlePorts & TrailPorts & TaggingPorts;

export const tagging: Service<PipelineCall<IdentityOperation<Ports>>, Ports> = {
  name: 'tagging',
  wire: { jsonTarget: 'ResourceGroupsTaggingAPI_20170126' },
  errors: {
    catalogue: taggingErrors,
    spelling: {
      InternalFailure: 'InternalServiceException',
      ThrottlingException: 'ThrottledException',
    },
    internal: {
      code: 'InternalServiceException',
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
