#!/usr/bin/env node
/** The CLI's entry and the only place where the process ends itself. */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { init } from './cli/init.js';
import { policySimulate } from './cli/policy-simulate.js';
import { serve } from './cli/serve.js';
import type { Config } from './config/config.js';
import { ConfigError } from './config/config-error.js';
import { loadConfig } from './config/load-config.js';
import { StartError } from './kernel/start-error.js';

/** Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration. */
const EXIT = { done: 0, failed: 1, usage: 2 } as const;

const tokenHostEntry = fileURLToPath(new URL('./token-host/host/main.js', import.meta.url));
const cryptoWorkerEntry = fileURLToPath(new URL('./keystores/software/worker.js', import.meta.url));
const makeTokensEntry = fileURLToPath(new URL('../native-setup/make-tokens.js', import.meta.url));
const print = (line: string) => void process.stdout.write(`${line}\n`);

// Keys, PINs, credentials: nothing this process makes is for others to read.
process.umask(0o077);

const program = new Command('strongroom')
  .description('A key management server: the AWS KMS API over PKCS#11 tokens')
  .option('--config <file>', 'configuration file (default: strongroom.yaml, if there is one)')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage));

program
  .command('init')
  .description("make the data directory and the quick start's SoftHSM tokens")
  .option('--config <file>')
  .action((options) => init(configuration(options), makeTokensEntry, print));

program
  .command('serve')
  .description('serve until SIGINT or SIGTERM')
  .option('--config <file>')
  .action((options) => serve(configuration(options), { tokenHostEntry, cryptoWorkerEntry }, print));

program
  .command('policy')
  .description('key policies, IAM policies and grants')
  .command('simulate')
  .description(
    'say whether a call would be allowed, and which statement decides (exit code 1: denied)',
  )
  .option('--config <file>')
  .requiredOption('--principal <arn>', 'who calls: a user, role, role session or root user')
  .requiredOption('--action <action>', 'for example kms:Decrypt')
  .option('--resource <key or ARN>', 'key id, key ARN, alias or any ARN', '*')
  .option('--context <name=value>', 'a condition key of the request; may be repeated', gather, [])
  .option('--region <region>', "default: the server's first Region")
  .option('--json', 'print one JSON object')
  .action(async (options) => {
    allowed = await policySimulate(configuration(options), options, print);
  });

let allowed = true;

try {
  await program.parseAsync();
  process.exit(allowed ? EXIT.done : EXIT.failed);
} catch (error) {
  if (!(error instanceof StartError || error instanceof ConfigError)) throw error;
  process.stderr.write(`strongroom: ${error.message}\n`);
  process.exit(error instanceof ConfigError ? EXIT.usage : EXIT.failed);
}

function gather(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function configuration(options: { config?: string }): Config {
  const path = options.config ?? program.opts<{ config?: string }>().config;
  return loadConfig({
    ...(path !== undefined && { argvConfigPath: path }),
    env: process.env,
    cwd: process.cwd(),
  });
}
