/** Errors of LookupEvents. Source: CloudTrail API Reference. */
import { commonErrors } from '../../kernel/common-errors.js';
import { type ErrorCatalogue, type ErrorEntry, ServiceError } from '../../kernel/service-error.js';

const refusal: ErrorEntry = { http: 400, rest: 400, modeled: true };

export const cloudTrailErrors = {
  ...commonErrors,
  InvalidEventCategoryException: refusal,
  InvalidLookupAttributesException: refusal,
  InvalidMaxResultsException: refusal,
  InvalidNextTokenException: refusal,
  InvalidTimeRangeException: refusal,
} satisfies ErrorCatalogue;

/** The words are ours: AWS's aren't recorded. */
const TEXTS = {
  InvalidEventCategoryException: 'Specify insight as the event category, or none.',
  InvalidLookupAttributesException: 'The lookup attribute is not valid.',
  InvalidMaxResultsException: 'Specify a maximum of 1 to 50 results.',
  InvalidNextTokenException:
    'The token is not valid, or was given to a request with different parameters.',
  InvalidTimeRangeException:
    'The time range is not valid: it must begin before now, and not after its end.',
} satisfies Partial<Record<keyof typeof cloudTrailErrors, string>>;

export const LOOKUP_ERRORS = Object.keys(TEXTS) as readonly (keyof typeof TEXTS)[];

/** @param text where there is more to say than always */
export function refused(code: keyof typeof TEXTS, text: string = TEXTS[code]): ServiceError {
  return new ServiceError(code, text);
}
