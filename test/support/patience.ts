/**
 * How long tests wait for what other processes do, in milliseconds: more than a machine needs that is
 * twenty times busy, since a limit only ends what hangs.
 */
export const PATIENCE_MS = 120_000;
