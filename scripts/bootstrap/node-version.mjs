import { SetupRefusal } from '../../native-setup/packages.mjs';

const REQUIRED = [20, 19];

/**
 * @param {string} version as process.version gives it, such as `v20.19.0`
 * @throws {SetupRefusal} when it is older than what Strongroom runs on.
 */
export function checkNodeVersion(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [requiredMajor, requiredMinor] = REQUIRED;
  if (major < requiredMajor || (major === requiredMajor && minor < requiredMinor)) {
    throw new SetupRefusal(
      `Strongroom needs Node.js ${REQUIRED.join('.')} or later; this is ${version}.`,
    );
  }
}
