import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REGION, type Strongroom } from '../support/strongroom.js';

const run = promisify(execFile);

/** Debian's AWS CLI 2. Another one may come first in PATH. */
const AWS = '/usr/bin/aws';

/** Runs `aws kms …`, or another service, as the README tells a user to, with the credentials file that the server wrote. */
export function awsCli(
  strongroom: Strongroom,
  service: 'kms' | 'iam' | 'sts' | 'cloudtrail' = 'kms',
) {
  const env = {
    PATH: process.env.PATH,
    HOME: strongroom.dir,
    AWS_SHARED_CREDENTIALS_FILE: join(strongroom.dataDir, 'credentials'),
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return async (command: string, ...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await run(
      AWS,
      [service, command, ...args, '--endpoint-url', strongroom.endpoint, '--output', 'json'],
      { env, cwd: strongroom.dir },
    );
    return stdout === '' ? {} : JSON.parse(stdout);
  };
}
