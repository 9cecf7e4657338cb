/**
 * Imported first by every program: SIGUSR1, which people and log rotation send to daemons, opens Node's
 * inspector on a port of the loopback, and who reaches that has the whole process, its keys too. A
 * listener takes the signal's default away. Source: Node.js documentation, "Signal events", SIGUSR1.
 */
process.on('SIGUSR1', () => undefined);
