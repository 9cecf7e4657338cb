/** Decimal numbers of any size, compared exactly. Source: recorded-iam.md §1, Numeric. */

const DECIMAL = /^([+-]?)(\d{1,512})?(?:\.(\d{0,512}))?(?:e([+-]?\d{1,9}))?$/i;

/** A number as 0.`digits` × 10^`magnitude`; nought has no digits. */
export interface Decimal {
  readonly negative: boolean;
  /** Neither begins nor ends with 0. */
  readonly digits: string;
  readonly magnitude: number;
}

/** @returns undefined for a text that is no number: words, blanks, NaN, Infinity, nothing. */
export function readDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const significant = (whole + fraction).replace(/^0+/, '');
  const leading = whole.length + fraction.length - significant.length;
  const digits = significant.replace(/0+$/, '');
  if (digits === '') return { negative: false, digits, magnitude: 0 };
  return {
    negative: sign === '-',
    digits,
    magnitude: whole.length - leading + Number(exponent),
  };
}

/** Below nought, nought, or above it: as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (signOf(a) !== signOf(b)) return signOf(a) - signOf(b);
  const size = a.magnitude - b.magnitude || compareTexts(a.digits, b.digits);
  return a.negative ? -size : size;
}

function signOf({ negative, digits }: Decimal): number {
  return digits === '' ? 0 : negative ? -1 : 1;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
