/** Credential reports, one an account, and who asked for what about last access. */
import type { Database } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';

export interface CredentialReport {
  /** CSV. */
  readonly content: string;
  /** Epoch milliseconds. */
  readonly generatedAt: number;
}

export interface AccessJob {
  readonly jobId: string;
  readonly accountId: string;
  /** The ARN of who asked: only they may read it. */
  readonly owner: string;
  /** What they asked about. */
  readonly arn: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

interface JobRow {
  job_id: string;
  account_id: string;
  owner: string;
  arn: string;
  created_at: number | string;
}

/** Of an account: with one more the oldest goes. */
const MAX_JOBS = 1000;

export class ReportRepository {
  readonly #database: Database;
  readonly #seals: RowSeals;

  constructor({ database, seals }: { readonly database: Database; readonly seals: RowSeals }) {
    this.#database = database;
    this.#seals = seals;
  }

  /** @throws BrokenSeal */
  async credentialReport(accountId: string): Promise<CredentialReport | undefined> {
    const row = await this.#database('credential_reports').where({ account_id: accountId }).first();
    if (!row) return undefined;
    const { content, generated_at } = this.#seals.checked('credential_reports', row);
    return { content, generatedAt: Number(generated_at) };
  }

  async putCredentialReport(
    accountId: string,
    { content, generatedAt }: CredentialReport,
  ): Promise<void> {
    const row = { account_id: accountId, content, generated_at: generatedAt };
    await this.#database('credential_reports')
      .insert(this.#seals.sealed('credential_reports', row))
      .onConflict('account_id')
      .merge();
  }

  /** @throws BrokenSeal */
  async accessJob(accountId: string, jobId: string): Promise<AccessJob | undefined> {
    const where = { account_id: accountId, job_id: jobId };
    const row = await this.#database<JobRow>('access_jobs').where(where).first();
    return row && fromRow(this.#seals.checked('access_jobs', row));
  }

  async addAccessJob(job: AccessJob): Promise<void> {
    const ofAccount = { account_id: job.accountId };
    await this.#database.transaction(async (transaction) => {
      await transaction('access_jobs').insert(this.#seals.sealed('access_jobs', toRow(job)));
      const newest = transaction('access_jobs')
        .where(ofAccount)
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'job_id', order: 'desc' },
        ])
        .limit(MAX_JOBS)
        .select('job_id');
      await transaction('access_jobs').where(ofAccount).whereNotIn('job_id', newest).delete();
    });
  }
}

function toRow({ jobId, accountId, owner, arn, createdAt }: AccessJob): JobRow {
  return { job_id: jobId, account_id: accountId, owner, arn, created_at: createdAt };
}

function fromRow({ job_id, account_id, owner, arn, created_at }: JobRow): AccessJob {
  return { jobId: job_id, accountId: account_id, owner, arn, createdAt: Number(created_at) };
}
