/**
 * The clients by name: what each needs on the machine, how its own package manager fetches and builds
 * it from its lock file, and how it runs. A client is a program that reads the stage (stage.ts), does
 * what its users do, and writes one line of JSON for each case (results.ts).
 */

export interface Client {
  /** Directory below test/clients in which it is built and run. */
  readonly directory: string;
  /** What the machine must have: a command that prints its version. */
  readonly needs: readonly (readonly [string, ...string[]])[];
  readonly build: readonly (readonly [string, ...string[]])[];
  readonly run: readonly [string, ...string[]];
  /** It promises to call every operation of the KMS API with success. */
  readonly everyOperation?: true;
  /** Writes messages of an encryption SDK for the others, and reads theirs when run with `exchange`. */
  readonly exchanges?: true;
}

export const CLIENTS: Readonly<Record<string, Client>> = {
  python: {
    directory: 'python',
    needs: [['python3', '--version']],
    build: [
      ['python3', '-m', 'venv', 'venv'],
      ['venv/bin/pip', 'install', '--quiet', '--require-hashes', '-r', 'requirements.txt'],
    ],
    run: ['venv/bin/python', 'main.py'],
    everyOperation: true,
    exchanges: true,
  },
  typescript: {
    directory: 'typescript',
    needs: [
      ['node', '--version'],
      ['npm', '--version'],
    ],
    build: [
      ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
      // The project's own compiler: one more would be a download for nothing.
      [process.execPath, '../../../node_modules/typescript/bin/tsc', '-p', '.'],
    ],
    run: ['node', 'dist/main.js'],
    everyOperation: true,
    exchanges: true,
  },
  go: {
    directory: 'go',
    needs: [['go', 'version']],
    build: [['go', 'build', '-o', 'target/clients', '.']],
    run: ['target/clients'],
    everyOperation: true,
  },
  java: {
    directory: 'java',
    needs: [
      ['java', '-version'],
      ['mvn', '--version'],
    ],
    build: [['mvn', '--quiet', '--batch-mode', 'prepare-package']],
    run: ['java', '-cp', 'target/classes:target/lib/*', 'strongroom.Main'],
    everyOperation: true,
    exchanges: true,
  },
  rust: {
    directory: 'rust',
    needs: [['cargo', '--version']],
    build: [['cargo', 'build', '--quiet', '--locked']],
    run: ['target/debug/strongroom-clients'],
    everyOperation: true,
  },
  ansible: {
    directory: 'ansible',
    needs: [['python3', '--version']],
    build: [
      ['python3', '-m', 'venv', 'venv'],
      // The collections are 20,000 files: they are compiled when they are used.
      [
        ...['venv/bin/pip', 'install', '--quiet', '--no-compile'],
        ...['--require-hashes', '-r', 'requirements.txt'],
      ],
    ],
    run: ['venv/bin/python', 'main.py'],
  },
};
