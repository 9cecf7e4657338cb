/** Knex writes to standard output, too, what it throws; a command's output is its answer alone. */
export const SILENT = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };

function ignore(): void {}
