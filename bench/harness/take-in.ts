import { setTimeout as pause } from 'node:timers/promises'
import { type Consumer, type Ground, usedSince } from './contender.js'
import type { EventFile } from './event-file.js'
import { usageOf } from './processes.js'
import { Publisher } from './publisher.js'

/** How a contender took a file of events in. */
export interface Run {
  readonly eventsPerSecond: number
  /** Microseconds of the contender and all that it started. */
  readonly cpuPerEvent: number
  /** Of that, its own process. */
  readonly ownCpuPerEvent: number
  readonly megabytes: number
  /** Events that it read. Fewer than were played: the rest was lost. */
  readonly kept: number
  readonly publisherCpuSeconds: number
}

/** Nothing more was read for so long: the rest is lost. */
const silenceMs = 30_000
/**
 * Asking takes a contender's time, too: it is asked again when about half of what is left should be read, though that is a bad
 * guess as long as it warms up.
 */
const soonestMs = 50
const shareOfElapsed = 0.25
const mostKnocks = 120
const settleMs = 2000

/**
 * Plays the file as fast as can be, and measures until the contender has it. Before that it reads `warmUp`: such programs run
 * for weeks, and what a JIT compiler takes in their first second is not what an event costs.
 */
export async function takeIn(
  consumer: Consumer,
  { kind, brokerUrl }: Ground,
  file: EventFile,
  warmUp?: EventFile,
): Promise<Run> {
  const publisher = new Publisher(kind, brokerUrl)
  try {
    const knocks = await untilListening(consumer, publisher)
    const already = warmUp === undefined ? knocks : knocks + (await warm(consumer, publisher, warmUp))
    await publisher.load(file)
    const before = usageOf(consumer.pid)
    const begun = performance.now()
    const playing = publisher.play()
    const kept = await untilRead(consumer, file, already)
    const used = usedSince(before, consumer.pid)
    await consumer.untilKept(file)
    const seconds = (performance.now() - begun) / 1000
    const { cpuSeconds } = await playing
    // What ends by keeping has no figures left.
    const end = usedSince(before, consumer.pid)
    const { ownCpu, othersCpu } = end.ownMemory > 0 ? end : used
    return {
      eventsPerSecond: kept / seconds,
      cpuPerEvent: ((ownCpu + othersCpu) * 1e6) / kept,
      ownCpuPerEvent: (ownCpu * 1e6) / kept,
      megabytes: used.ownMemory + used.othersMemory,
      kept,
      publisherCpuSeconds: cpuSeconds,
    }
  } finally {
    publisher.end()
  }
}

/** Resolves to the events that were read. */
async function warm(consumer: Consumer, publisher: Publisher, file: EventFile): Promise<number> {
  const already = await consumer.eventsRead()
  await publisher.load(file)
  await publisher.play()
  const read = await untilRead(consumer, file, already)
  // What is read may not be kept yet.
  await pause(settleMs)
  return read
}

/** A program that answers need not be subscribed yet. Resolves to the events that it has read by then. */
async function untilListening(consumer: Consumer, publisher: Publisher): Promise<number> {
  const before = await consumer.eventsRead()
  for (let knocks = 0; knocks < mostKnocks; knocks += 1) {
    await publisher.knock()
    await pause(500)
    const now = await consumer.eventsRead()
    if (now > before) return now
  }
  throw new Error('the contender reads no events')
}

async function untilRead(consumer: Consumer, { events }: EventFile, already: number): Promise<number> {
  const begun = performance.now()
  let read = 0
  let changedAt = begun
  for (;;) {
    const now = (await consumer.eventsRead()) - already
    const answered = performance.now()
    if (now > read) changedAt = answered
    read = now
    if (read >= events || answered - changedAt > silenceMs) return read
    const elapsedMs = answered - begun
    const leftMs = read === 0 ? 0 : (elapsedMs / read) * (events - read)
    await pause(Math.max(soonestMs, Math.min(leftMs / 2, elapsedMs * shareOfElapsed)))
  }
}
