import { findProgram } from '../services/find-program.mjs'
import { runToEnd } from '../services/process.mjs'
import { reasonIn, SetUpFailed, step } from './steps.mjs'

/** @typedef {import('./requirement.mjs').Requirement} Requirement */

// Run as root. Debian's packages start their services at once and at each boot; a policy-rc.d that exits 101 forbids
// the first and `systemctl disable` undoes the second. The file goes away again in any case, and one that a killed run
// left behind is taken over by its mark.
const aptInstall = `
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ] || grep -q 'made by crisper' $policy; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\n# made by crisper for the time of an installation\\nexit 101\\n' >$policy
  chmod 755 $policy
fi
services=$1; shift
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends --yes "$@" || exit 1
if [ -n "$services" ] && command -v systemctl >/dev/null; then systemctl --quiet disable $services; fi
exit 0
`

/**
 * Installs what is missing with the system's package manager: apt-get as root or through sudo, or Homebrew. Without
 * either, what can be had without rights is unpacked into a folder of our own.
 * @param {Requirement[]} requirements
 */
export async function installMissing(requirements) {
  /** @type {Requirement[]} */
  const missing = []
  for (const requirement of requirements) if (!(await requirement.isThere())) missing.push(requirement)
  if (missing.length === 0) return

  const names = missing.map(({ name }) => name).join(', ')
  const manager = (await packageManager()) ?? unpacking(missing)
  if (manager === undefined) {
    throw new SetUpFailed(`Missing: ${names}. Install by hand, then start again. ${howTo(missing)}`)
  }
  const problem = await step(`Installing ${names}`, () => manager(missing))
  for (const requirement of missing) {
    if (await requirement.isThere()) continue
    throw new SetUpFailed(`${requirement.name} could not be installed (${problem}). ${howTo([requirement])}`)
  }
}

/**
 * Installs Debian's packages by name.
 * @param {string[]} packages
 * @param {string[]} [services] that they would start
 * @returns {Promise<string>} what went wrong; empty where nothing did
 */
export async function installDebian(packages, services = []) {
  const become = isRoot() ? [] : ['sudo', '-n']
  const [command = '/bin/sh', ...args] = [
    ...become,
    '/bin/sh',
    '-c',
    aptInstall,
    'apt-install',
    services.join(' '),
  ]
  const { ok, output } = await runToEnd(command, [...args, ...packages])
  return ok ? '' : reasonIn(output)
}

/** Whether Debian's packages can be installed without asking anybody. */
export async function canInstallDebian() {
  if (findProgram('apt-get') === undefined) return false
  return isRoot() || (await runToEnd('sudo', ['-n', 'true'])).ok
}

/** @returns {Promise<((missing: Requirement[]) => Promise<string>) | undefined>} */
async function packageManager() {
  if (await canInstallDebian()) {
    return (missing) =>
      installDebian(
        missing.flatMap(({ debian }) => debian),
        missing.flatMap(({ services }) => services),
      )
  }
  const brew = findProgram('brew')
  if (brew === undefined) return undefined
  return async (missing) => {
    const { ok, output } = await runToEnd(brew, [
      'install',
      '--quiet',
      ...missing.flatMap(({ homebrew }) => homebrew),
    ])
    return ok ? '' : reasonIn(output)
  }
}

/**
 * @param {Requirement[]} missing
 * @returns {(() => Promise<string>) | undefined} undefined unless all of them can be had without rights
 */
function unpacking(missing) {
  if (!missing.every(({ unprivileged }) => unprivileged?.canUnpack())) return undefined
  return async () => {
    const problems = await Promise.all(
      missing.map(({ debian, unprivileged }) => unprivileged?.unpack(debian)),
    )
    return problems.filter(Boolean).join(' ')
  }
}

/** @param {Requirement[]} missing */
function howTo(missing) {
  const debian = missing.flatMap((requirement) => requirement.debian).join(' ')
  const homebrew = missing.flatMap((requirement) => requirement.homebrew).join(' ')
  const commands = `Debian, Ubuntu: sudo apt-get install --no-install-recommends ${debian}. macOS: brew install ${homebrew}.`
  return [commands, ...missing.flatMap(({ otherwise }) => otherwise ?? [])].join(' ')
}

function isRoot() {
  return process.getuid?.() === 0
}
