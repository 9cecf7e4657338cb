import type { Config } from '../../config/config.js';

export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** `unknown`: it could not be looked at now, and why. */
  readonly outcome: 'ok' | 'warning' | 'failed' | 'unknown';
  readonly text: string;
}

export type Found = Omit<Finding, 'check'>;

export interface Patient {
  readonly config: Config;
  /** Path of the compiled token host. */
  readonly tokenHostEntry: string;
  /** Real time in epoch milliseconds. */
  readonly now: number;
}

/** Looks, and changes nothing. What it throws is a finding, too. */
export type Check = (patient: Patient) => Promise<readonly Found[]>;

export const ok = (text: string): Found => ({ outcome: 'ok', text });
export const warning = (text: string): Found => ({ outcome: 'warning', text });
export const failed = (text: string): Found => ({ outcome: 'failed', text });
export const unknown = (text: string): Found => ({ outcome: 'unknown', text });
