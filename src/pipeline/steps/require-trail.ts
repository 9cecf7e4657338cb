import { type AuditTrail, AuditTrailError } from '../../audit/trail.js';
import type { PipelineCall } from '../call.js';

export interface TrailPorts {
  readonly trail: Pick<AuditTrail, 'usable'>;
}

/** Nothing is changed that couldn't be recorded. @throws AuditTrailError */
export function requireTrail({ operation }: PipelineCall, { trail }: TrailPorts): void {
  if (!operation.readOnly && !trail.usable) {
    throw new AuditTrailError('the audit trail cannot be written');
  }
}
