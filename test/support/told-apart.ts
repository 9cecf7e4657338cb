/**
 * How well a single measurement tells two samples apart: the chance that one of `left` is less than one
 * of `right` (the area under the ROC curve, by ranks). 0.5: not at all; 0 and 1: always.
 */
export function toldApart(left: readonly number[], right: readonly number[]): number {
  const all = [
    ...left.map((value) => ({ value, isLeft: true })),
    ...right.map((value) => ({ value, isLeft: false })),
  ].sort((one, other) => one.value - other.value);
  let rightRanks = 0;
  for (let at = 0; at < all.length; ) {
    let end = at;
    while (end < all.length && all[end]?.value === all[at]?.value) end += 1;
    // Equal values share the mean of their ranks, which count from 1.
    const rank = (at + 1 + end) / 2;
    for (; at < end; at += 1) if (!all[at]?.isLeft) rightRanks += rank;
  }
  const least = (right.length * (right.length + 1)) / 2;
  return (rightRanks - least) / (left.length * right.length);
}

/** The middle of the values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
