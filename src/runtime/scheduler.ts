/**
 * Runs jobs again and again on one of the servers that share a database: the one that holds the
 * lease. A lease only saves work: every job's step checks in its own transaction what is still to
 * do, so that two servers at once, or one that dies, do no harm.
 */
import type { Log } from '../observe/log.js';
import type { LeaseRepository } from './lease-repository.js';

export interface Job {
  readonly name: string;
  /** Does all that is due. May reject: what is left is done in the next round. */
  readonly run: () => Promise<void>;
}

export interface SchedulerOptions {
  /** The lease's name. */
  readonly name: string;
  /** In the order in which they run. */
  readonly jobs: readonly Job[];
  readonly leases: LeaseRepository;
  readonly intervalMs: number;
  readonly log: Log;
  /** Told how each run of a job ended. */
  readonly ran?: (job: string, outcome: 'done' | 'failed') => void;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  #timer: NodeJS.Timeout | undefined;
  #rounds: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Begins with a round at once: what came due while no server ran is made up for. */
  start(): void {
    this.#timer = setTimeout(() => void this.#tick(), 0);
    this.#timer.unref();
  }

  /** Ends after the job under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#rounds;
    await this.#options.leases.release(this.#options.name).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'a lease could not be given back; it will run out');
    });
  }

  /** One round now, whoever holds the lease. Resolves when it is done; never rejects. */
  runNow(): Promise<void> {
    this.#rounds = this.#rounds.then(() => this.#round(async () => true));
    return this.#rounds;
  }

  async #tick(): Promise<void> {
    const { leases, name, intervalMs } = this.#options;
    this.#rounds = this.#rounds.then(() => this.#round(() => leases.hold(name)));
    await this.#rounds;
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#tick(), intervalMs);
    this.#timer.unref();
  }

  async #round(mayRun: () => Promise<boolean>): Promise<void> {
    const { jobs, log, ran } = this.#options;
    for (const job of jobs) {
      if (this.#stopped) return;
      try {
        if (!(await mayRun())) return;
        await job.run();
        ran?.(job.name, 'done');
      } catch (error) {
        log.error({ err: error, job: job.name }, 'a job failed; it will be tried again');
        ran?.(job.name, 'failed');
      }
    }
  }
}
