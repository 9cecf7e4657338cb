/** A label whose values others choose: those beyond the first `most` are `other`. */
export function boundedLabel(most: number): (value: string) => string {
  const met = new Set<string>();
  return (value) => {
    if (met.has(value)) return value;
    if (met.size >= most) return 'other';
    met.add(value);
    return value;
  };
}
