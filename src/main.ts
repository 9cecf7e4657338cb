#!/usr/bin/env node
/** The entry, and the only place where the process ends itself. */
import './kernel/no-inspector.js';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommandEnd, EXIT, type ExitCode } from './cli/core/command.js';
import { runProgram, UsageEnd } from './cli/core/program.js';
import { commands } from './cli/registry.js';
import { ConfigError } from './config/config-error.js';
import { configFaults, loadConfig } from './config/load-config.js';
import { showable } from './kernel/showable.js';
import { StartError, UnreachableError } from './kernel/start-error.js';

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const { version } = JSON.parse(readFileSync(pathOf('../../package.json'), 'utf8'));
const entries = {
  tokenHostEntry: pathOf('./token-host/host/main.js'),
  cryptoWorkerEntry: pathOf('./keystores/software/worker.js'),
  makeTokensEntry: pathOf('../native-setup/make-tokens.js'),
};

// Keys, PINs, credentials: nothing this process makes is for others to read.
process.umask(0o077);

try {
  process.exit(await runProgram({ version, commands, contextOf }, process.argv.slice(2)));
} catch (error) {
  process.exit(endOf(error));
}

function contextOf({ configFile, json }: { readonly configFile?: string; readonly json: boolean }) {
  const sources = {
    ...(configFile !== undefined && { argvConfigPath: configFile }),
    ...{ env: process.env, cwd: process.cwd() },
  };
  return {
    ...{ version: String(version), commands, entries },
    configuration: ({ dataDir }: { readonly dataDir?: string } = {}) =>
      loadConfig({
        ...sources,
        ...(dataDir !== undefined && { env: { ...process.env, STRONGROOM_DATA_DIR: dataDir } }),
      }),
    configurationFaults: () => configFaults(sources),
    tell: (lines: readonly string[], result: object) => {
      const text = json ? showable(JSON.stringify(result)) : lines.join('\n');
      process.stdout.write(`${text}\n`);
    },
    json,
    line: (text: string) =>
      new Promise<boolean>((resolve) => {
        // Without a listener it would end the process.
        if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {});
        process.stdout.write(`${text}\n`, (error) => resolve(!error));
      }),
  };
}

/** What is foreseen is told in one line. @throws what isn't */
function endOf(error: unknown): ExitCode {
  if (error instanceof UsageEnd) return error.exitCode;
  const ends = [StartError, ConfigError, CommandEnd];
  if (!(error instanceof Error) || !ends.some((kind) => error instanceof kind)) throw error;
  process.stderr.write(`strongroom: ${error.message}\n`);
  if (error instanceof CommandEnd) return error.exitCode;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  return error instanceof ConfigError ? EXIT.usage : EXIT.failed;
}
