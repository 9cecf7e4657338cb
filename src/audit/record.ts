import type { Decision } from '../authz/decision.js';
import type { Caller } from '../authz/model.js';

import { isoSeconds } from '../kernel/time.js';
import { decisionEntry } from './decision-entry.js';
import { identityOf, type UserIdentity } from './user-identity.js';

/**
 * One record of the audit trail, in the shape of a CloudTrail event (CloudTrail User Guide, "record
 * contents"; shared reference, audit.md §2 and §7). Members are written in the order declared here.
 */
export interface AuditRecord {
  readonly eventVersion: '1.11';
  readonly userIdentity: UserIdentity;
  /** UTC, to the second, with `Z`. */
  readonly eventTime: string;
  readonly eventSource: `${string}.amazonaws.com`;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: object | null;
  readonly responseElements: object | null;
  readonly additionalEventData?: object;
  /** Absent from what no call asked for. */
  readonly requestID?: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources: readonly {
    readonly accountId: string;
    readonly type: string;
    readonly ARN: string;
  }[];
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent';
  readonly serviceEventDetails?: object;
  readonly managementEvent: true;
  readonly recipientAccountId: string;
  readonly sharedEventID?: string;
  readonly eventCategory: 'Management';
  readonly tlsDetails?: {
    readonly tlsVersion?: string;
    readonly cipherSuite?: string;
    readonly clientProvidedHostHeader?: string;
    readonly clientCertificate?: ClientCertificate;
  };
}

/** Of the certificate that a client presented, where the server asks for one. It makes nobody a caller. */
interface ClientCertificate {
  readonly subject: string;
  /** SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string;
}

/** The TLS of a call's connection. */
export interface TlsFacts {
  readonly version: string;
  readonly cipher: string;
  readonly certificate?: ClientCertificate | undefined;
}

/** What the server knows of one call; everything that a client chose is bounded here. */
export interface AuditFacts {
  readonly eventTime: Date;
  /** A UUID. */
  readonly eventId: string;
  readonly requestId: string;
  /** For example `kms`. */
  readonly service: string;
  /** The operation's API name, or `Unknown`. */
  readonly operation: string;
  readonly region: string;
  /** The account whose trail this is. */
  readonly accountId: string;
  /** The authenticated caller. */
  readonly caller?: Caller;
  /** The access key id that an unauthenticated request named. */
  readonly claimedAccessKeyId?: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly error?: { readonly code: string; readonly message: string };
  /** From `pickParameters`: nothing else may be handed in. */
  readonly requestParameters: object | null;
  readonly responseElements: object | null;
  readonly additionalEventData?: object | undefined;
  /** What the policies and grants said, in the order in which they were asked. */
  readonly decisions?: readonly Decision[];
  /** Of a cross-account call the id that its two records share. */
  readonly sharedEventId?: string;
  readonly resources: readonly {
    readonly accountId: string;
    /** `AWS::KMS::Key` unless it says otherwise. */
    readonly type?: string;
    readonly arn: string;
  }[];
  /** KMS itself, where it acts in the caller's name. */
  readonly invokedBy?: string;
  readonly readOnly: boolean;
  readonly tls?: TlsFacts;
  /** The Host header. */
  readonly host?: string;
}

/** The longest text that is kept of a member, in UTF-16 code units. */
export const MAX_TEXT = 2048;
/** Of those whom nobody knows: anybody can send them. */
const MAX_UNSIGNED_TEXT = 256;
const MAX_NAME = 256;
const MAX_RESOURCES = 8;
const TRUNCATED = '…[truncated]';

/** The first half of a surrogate pair at the end: what a cut through the pair leaves behind. */
const SPLIT_PAIR = /[\uD800-\uDBFF]$/;

/** CloudTrail's names of errors that differ from the API's. */
const ERROR_CODES: Readonly<Record<string, string>> = { AccessDeniedException: 'AccessDenied' };

/** The record of one API call. */
export function buildRecord(facts: AuditFacts): AuditRecord {
  const maxText = facts.caller ? MAX_TEXT : MAX_UNSIGNED_TEXT;
  return {
    eventVersion: '1.11',
    userIdentity: {
      ...identityOf(facts.caller, facts.claimedAccessKeyId, facts.accountId),
      ...(facts.invokedBy !== undefined && { invokedBy: facts.invokedBy }),
    },
    eventTime: isoSeconds(facts.eventTime),
    eventSource: `${facts.service}.amazonaws.com`,
    eventName: bounded(facts.operation, MAX_NAME),
    awsRegion: bounded(facts.region, MAX_NAME),
    sourceIPAddress: bounded(serviceOf(facts) ?? facts.sourceIp, MAX_NAME),
    userAgent: bounded(serviceOf(facts) ?? facts.userAgent, maxText),
    ...(facts.error && {
      errorCode: bounded(ERROR_CODES[facts.error.code] ?? facts.error.code, MAX_NAME),
      errorMessage: bounded(facts.error.message, maxText),
    }),
    requestParameters: facts.requestParameters,
    responseElements: facts.responseElements,
    ...additionalDataOf(facts),
    requestID: bounded(facts.requestId, MAX_NAME),
    eventID: bounded(facts.eventId, MAX_NAME),
    readOnly: facts.readOnly,
    resources: facts.resources.slice(0, MAX_RESOURCES).map((resource) => ({
      accountId: bounded(resource.accountId, MAX_NAME),
      type: resource.type ?? 'AWS::KMS::Key',
      ARN: bounded(resource.arn, MAX_TEXT),
    })),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: facts.accountId,
    ...(facts.sharedEventId !== undefined && { sharedEventID: facts.sharedEventId }),
    eventCategory: 'Management',
    ...tlsDetailsOf(facts, maxText),
  };
}

/** The service that made the call in the caller's name. */
function serviceOf({ invokedBy, caller }: AuditFacts): string | undefined {
  return invokedBy ?? caller?.via?.serviceName;
}

function additionalDataOf({ additionalEventData, decisions = [] }: AuditFacts) {
  const authorization = decisions.slice(0, MAX_RESOURCES).map(decisionEntry);
  if (!additionalEventData && authorization.length === 0) return {};
  return {
    additionalEventData: {
      ...additionalEventData,
      ...(authorization.length > 0 && { authorization }),
    },
  };
}

function tlsDetailsOf({ tls, host }: AuditFacts, maxText: number): Pick<AuditRecord, 'tlsDetails'> {
  if (tls === undefined && host === undefined) return {};
  return {
    tlsDetails: {
      ...(tls && {
        tlsVersion: bounded(tls.version, MAX_NAME),
        cipherSuite: bounded(tls.cipher, MAX_NAME),
      }),
      ...(tls?.certificate && {
        clientCertificate: {
          subject: bounded(tls.certificate.subject, MAX_NAME),
          fingerprint: bounded(tls.certificate.fingerprint, MAX_NAME),
        },
      }),
      ...(host !== undefined && { clientProvidedHostHeader: bounded(host, maxText) }),
    },
  };
}

function bounded(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - TRUNCATED.length);
  return kept.replace(SPLIT_PAIR, '') + TRUNCATED;
}
