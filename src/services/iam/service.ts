/** IAM and STS as services: two APIs of one directory, with the same errors and steps. */
import type { IdentityOperation } from '../../declare/identity-operation.js';
import { registryOf, type Sections } from '../../declare/operation.js';
import { PipelineCall } from '../../pipeline/call.js';
import type { Service, Step } from '../../pipeline/service.js';
import { type AuthenticatePorts, authenticate } from '../../pipeline/steps/authenticate.js';
import { authorizeIdentity } from '../../pipeline/steps/authorize-identity.js';
import { decode } from '../../pipeline/steps/decode.js';
import { type MemoryPorts, requireFreshMemory } from '../../pipeline/steps/require-fresh-memory.js';
import { requireTrail, type TrailPorts } from '../../pipeline/steps/require-trail.js';
import { route } from '../../pipeline/steps/route.js';
import { run } from '../../pipeline/steps/run.js';
import { type ThrottlePorts, throttle } from '../../pipeline/steps/throttle.js';
import { type IamErrorCode, iamErrorCatalogue, spelling } from './errors.js';
import type { IamPorts as OperationPorts } from './ports.js';
import { iamRecords } from './records.js';
import { iamSections, stsSections } from './registry.js';
import { checkSession } from './steps/check-session.js';
import { wordFact } from './wording.js';

export type IamPorts = MemoryPorts &
  AuthenticatePorts &
  ThrottlePorts &
  TrailPorts &
  OperationPorts;
type IamCall = PipelineCall<IdentityOperation<IamPorts>>;

const steps: readonly Step<IamCall, IamPorts>[] = [
  route,
  requireFreshMemory,
  authenticate,
  decode,
  checkSession,
  authorizeIdentity,
  throttle,
  requireTrail,
  run,
];

function service(
  name: 'iam' | 'sts',
  version: string,
  internal: IamErrorCode,
  sections: Sections<IdentityOperation<IamPorts>>,
): Service<IamCall, IamPorts> {
  return {
    name,
    wire: { query: { version, namespace: `https://${name}.amazonaws.com/doc/${version}/` } },
    errors: {
      catalogue: iamErrorCatalogue,
      spelling: { ...spelling, InternalFailure: internal },
      internal: { code: internal, message: 'The request failed because of an internal error.' },
      wording: wordFact,
    },
    sections,
    operations: registryOf(sections),
    steps,
    records: iamRecords,
    open: (opened, home) => new PipelineCall(opened, home),
  };
}

export const iam = service('iam', '2010-05-08', 'ServiceFailure', iamSections);
export const sts = service('sts', '2011-06-15', 'InternalFailure', stsSections);
