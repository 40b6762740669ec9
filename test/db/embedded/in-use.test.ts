import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { takeLock } from '../../../src/db/embedded/lock.js'
import { column, embeddedServers } from './data-directories.js'
import { startOwner } from './owner.js'

const servers = embeddedServers()

test('a second Crisper on a data directory is told the id of the first', async () => {
  const dataDir = await servers.directory()
  const first = await startOwner(dataDir)
  try {
    const second = servers.start(dataDir)

    await expect(second).rejects.toMatchObject({
      name: 'DataDirectoryInUse',
      pid: first.pid,
      message: expect.stringMatching(new RegExp(`process ${first.pid}.*--data-dir`)),
    })
  } finally {
    await first.stop()
  }
  expect(await column((await servers.start(dataDir)).server.connection, 'select 1')).toEqual([1])
})

test('of four that start at once for the first time exactly one wins', async () => {
  const dataDir = join(await servers.directory(), 'data')

  const owners = await Promise.all([1, 2, 3, 4].map(() => startOwner(dataDir)))

  const winners = owners.filter((owner) => 'connection' in owner.answer)
  const losers = owners.filter((owner) => !winners.includes(owner))
  await Promise.all(owners.map((owner) => owner.stop()))
  expect(winners).toHaveLength(1)
  for (const { answer } of losers) {
    expect(answer).toMatchObject({
      error: 'DataDirectoryInUse',
      message: expect.stringContaining(`process ${winners[0]?.pid}`),
    })
  }
})

test('of four that start at once after a kill -9 exactly one wins', async () => {
  const dataDir = await servers.directory()
  const killed = await startOwner(dataDir)
  await killed.kill()

  const owners = await Promise.all([1, 2, 3, 4].map(() => startOwner(dataDir)))

  const winners = owners.filter((owner) => 'connection' in owner.answer)
  await Promise.all(owners.map((owner) => owner.stop()))
  expect(winners).toHaveLength(1)
})

test('the lock has one owner at a time, whoever tries when', async () => {
  const directory = await servers.directory()
  let owners = 0
  let taken = 0
  const taker = async () => {
    for (let round = 0; round < 100; round++) {
      const lock = await takeLock(directory, directory, directory).catch((error: unknown) => {
        expect(error).toMatchObject({ name: 'DataDirectoryInUse', pid: process.pid })
        return undefined
      })
      if (!lock) continue
      owners += 1
      taken += 1
      expect(owners).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      owners -= 1
      await lock.release()
    }
  }

  await Promise.all(Array.from({ length: 8 }, taker))

  expect(taken).toBeGreaterThan(8)
})

test('a lock whose socket was removed from under it can be taken', async () => {
  const directory = await servers.directory()
  const sockets = await servers.directory()
  await takeLock(directory, sockets, directory)
  await rm(sockets, { recursive: true })

  await expect(takeLock(directory, directory, directory)).resolves.toBeDefined()
})
