import { resolve } from 'node:path';
import { CommandEnd } from '../../src/cli/core/command.js';
import { runProgram } from '../../src/cli/core/program.js';
import { commands } from '../../src/cli/registry.js';
import { configFaults, loadConfig } from '../../src/config/load-config.js';
import type { Strongroom } from './strongroom.js';

export interface CommandEnding {
  readonly code: number;
  readonly text: string;
  /** What `--json` would show; of several lines the last. */
  readonly json: Record<string, never>;
}

/**
 * One command in this process, as in the directory of a server: what main.ts does around it is not in it, so
 * a program of its own must show that.
 */
export async function commandLine(
  { dir }: Pick<Strongroom, 'dir'>,
  ...argv: readonly string[]
): Promise<CommandEnding> {
  const told: string[] = [];
  let json = {};
  const contextOf = ({ configFile }: { readonly configFile?: string }) => {
    const sources = { cwd: dir, ...(configFile !== undefined && { argvConfigPath: configFile }) };
    return {
      ...{ version: '0.0.0', commands },
      entries: {
        tokenHostEntry: resolve('dist/src/token-host/host/main.js'),
        cryptoWorkerEntry: resolve('dist/src/keystores/software/worker.js'),
        makeTokensEntry: resolve('dist/native-setup/make-tokens.js'),
      },
      configuration: ({ dataDir }: { readonly dataDir?: string } = {}) =>
        loadConfig({
          ...sources,
          env: dataDir === undefined ? {} : { STRONGROOM_DATA_DIR: dataDir },
        }),
      configurationFaults: () => configFaults({ ...sources, env: {} }),
      tell: (lines: readonly string[], result: object) => {
        told.push(...lines);
        json = JSON.parse(JSON.stringify(result));
      },
      json: false,
      line: async (text: string) => told.push(text) > 0,
    };
  };
  try {
    const code = await runProgram({ version: '0.0.0', commands, contextOf }, argv);
    return { code, text: told.join('\n'), json };
  } catch (error) {
    if (!(error instanceof CommandEnd)) throw error;
    return { code: error.exitCode, text: [...told, error.message].join('\n'), json };
  }
}
