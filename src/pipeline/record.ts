import { type DateForm, pickParameters } from '../audit/parameters.js';
import type { AuditFacts } from '../audit/record.js';
import { claimedAccessKeyId } from '../sigv4/authorization-header.js';
import { claimedInQuery } from '../sigv4/presigned-query.js';
import type { PipelineCall } from './call.js';
import { headerOf } from './transport.js';

/** In place of an address, which a Unix socket has not. */
const OPERATOR_SOCKET = 'operatorSocket';

/** How CloudTrail was recorded to print a service's dates; the others as its guide shows them. */
const DATES: Readonly<Record<string, DateForm>> = { kms: 'iso' };

/**
 * The facts of one call for the audit trail: what every service's calls have. Only members on the
 * declaration's lists are shown.
 */
export function auditFacts(call: PipelineCall, service: string, newId: () => string): AuditFacts {
  const { error, input, output, scope, transport } = call;
  const operation = call.routedOperation;
  const claimed = call.authenticated
    ? undefined
    : (claimedAccessKeyId(headerOf(transport, 'authorization')) ??
      claimedInQuery(transport.http.target));
  const { request: shown = [], response = null } = operation?.audit ?? {};
  const dates = DATES[service] ?? 'spelt';
  const answered = !error && output && Array.isArray(response);
  return {
    eventTime: call.eventTime,
    eventId: newId(),
    requestId: call.requestId,
    service,
    operation: operation?.name ?? 'Unknown',
    region: scope.region,
    accountId: call.authenticated ? scope.accountId : call.home.accountId,
    ...(call.authenticated && { caller: call.caller }),
    ...(claimed && { claimedAccessKeyId: claimed }),
    sourceIp: transport.operator ? OPERATOR_SOCKET : transport.sourceIp,
    userAgent: headerOf(transport, 'user-agent') ?? '',
    ...(error && { error: { code: error.code, message: error.message } }),
    requestParameters: call.decoded ? pickParameters(input, shown, dates) : null,
    responseElements: answered ? pickParameters(output, response, dates) : null,
    ...(call.byOperatorSocket && { additionalEventData: { operatorSocket: true } }),
    decisions: call.decisions,
    resources: [],
    readOnly: operation?.readOnly ?? true,
    ...(transport.tls && { tls: transport.tls }),
    host: headerOf(transport, 'host') ?? '',
  };
}
