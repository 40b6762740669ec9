import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findProgram } from './find-program.mjs'
import { firstAnswer } from './first-answer.mjs'
import { freePort } from './free-port.mjs'
import { runToEnd, startProcess, untilReady } from './process.mjs'
import { Service } from './service.mjs'

/** @returns {string | undefined} undefined also where what makes a data directory is missing */
export function findMariadb() {
  const makesData = ['mariadb-install-db', 'my_print_defaults'].every(
    (name) => findProgram(name) !== undefined,
  )
  return makesData ? findProgram('mariadbd') : undefined
}

/**
 * Starts a MariaDB of our own on 127.0.0.1, runs the SQL, one statement a line, and waits until it answers.
 * @param {{ dir: string, sql: string[] }} options `dir` is its folder, made where missing
 */
export async function startMariadb({ dir, sql }) {
  const folder = resolve(dir)
  await mkdir(folder, { recursive: true })
  const command = findMariadb() ?? 'mariadbd'
  // As root it refuses to start, unless it is told that this is meant.
  const common = [
    '--no-defaults',
    `--datadir=${folder}/data`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ]
  const install = findProgram('mariadb-install-db') ?? 'mariadb-install-db'
  const made = await runToEnd(install, [
    ...common,
    '--skip-test-db',
    '--auth-root-authentication-method=normal',
  ])
  if (!made.ok) throw new Error(`mariadb-install-db failed: ${made.output}`)
  await writeFile(`${folder}/start.sql`, `${sql.join('\n')}\n`)

  const port = await freePort()
  const service = await Service.start(async () => {
    const running = startProcess({
      name: 'mariadbd',
      command,
      args: [
        ...common,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${folder}/mariadb.sock`,
        `--pid-file=${folder}/mariadb.pid`,
        `--init-file=${folder}/start.sql`,
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=32M',
      ],
      log: `${folder}/mariadb.log`,
    })
    // Its greeting names the version; until it serves nobody listens.
    await untilReady(running, async () => /\d+\.\d+\.\d+/.test(await firstAnswer(port, '')))
    return running
  })
  return Object.assign(service, { port })
}
