import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program to its end in the foreground. SIGTERM sent to this process is passed on; SIGINT
 * from a terminal reaches the whole process group by itself, so it is only kept from ending us
 * before the child.
 * @returns {Promise<number>} its exit code, or 128 + the number of the signal that ended it.
 */
export function runChild(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    const passOn = (signal) => child.kill(signal);
    const waitForChild = () => undefined;
    process.on('SIGTERM', passOn);
    process.on('SIGINT', waitForChild);
    const letGo = () => {
      process.off('SIGTERM', passOn);
      process.off('SIGINT', waitForChild);
    };
    child.once('error', (error) => {
      letGo();
      reject(error);
    });
    child.once('close', (code, signal) => {
      letGo();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
