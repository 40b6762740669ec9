import { Command } from 'commander'
import { z } from 'zod'
import { runToEnd } from '../scripts/services/process.mjs'
import { access } from './access.js'
import { attached } from './attached.js'
import { burst } from './burst.js'
import { detail } from './detail.js'
import { thisMachine } from './harness/machine.js'
import { installPeers, noPeers } from './harness/peers.js'
import { type AnyQuestion, meanings, type Sizes } from './harness/question.js'
import { publish, say } from './harness/report.js'
import { ingest } from './ingest.js'
import { list } from './list.js'
import { live } from './live.js'
import { memory } from './memory.js'
import { redaction } from './redaction.js'
import { replicas } from './replicas.js'
import { start } from './start.js'
import { statistics } from './statistics.js'
import { stop } from './stop.js'
import { web } from './web.js'

/** `npm run bench -- QUESTION`: how fast and how large, beside the peers. Linux only: it reads /proc. */
const questions: readonly AnyQuestion[] = [
  ...[ingest, burst, list, statistics, detail, stop, live, memory, start, replicas, attached],
  ...[access, redaction, web],
]

const number = z.coerce.number().nonnegative()
const numbers = z
  .string()
  .transform((text) => text.split(',').map((part) => number.parse(part.replaceAll('_', ''))))
const words = z.string().transform((text) => text.split(','))

const chosen = z.object({
  runs: number.exactOptional(),
  rows: numbers.exactOptional(),
  flowerRows: numbers.exactOptional(),
  tasks: number.exactOptional(),
  requests: number.exactOptional(),
  clients: numbers.exactOptional(),
  seconds: number.exactOptional(),
  rate: number.exactOptional(),
  brokers: words.exactOptional(),
  collectors: numbers.exactOptional(),
  workloads: words.exactOptional(),
} satisfies Record<keyof Sizes, z.ZodType>)

const common = z.object({
  quick: z.boolean().default(false),
  peers: z.boolean(),
  build: z.boolean(),
})

const program = new Command('bench')
  // Else it would take the options of the questions for its own.
  .enablePositionalOptions()
  .description(
    'Measures Crisper and its peers on this machine. Without a question: all of them, one after the other.',
  )
  .addHelpText('after', '\nbench QUESTION --help tells its sizes. Results go to bench/results/.')
  .action(() => answer(questions, program.opts()))
addCommon(program)
for (const asked of questions) {
  const command = program.command(asked.name).description(asked.about)
  for (const [name, size] of Object.entries(asked.full)) {
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const meaning = Object.entries(meanings).find(([known]) => known === name)?.[1]
    command.option(`--${flag} <n>`, `${meaning} (${String(size)})`)
  }
  addCommon(command)
  command.action(() => answer([asked], command.opts()))
}
await program.parseAsync()

function addCommon(command: Command): void {
  command
    .option('--quick', 'sizes that only show that it works')
    .option('--no-peers', 'Crisper alone')
    .option('--no-build', 'measure the dist/ that is there')
}

async function answer(asked: readonly AnyQuestion[], options: unknown): Promise<void> {
  const { quick, peers: wantsPeers, build } = common.parse(options)
  const sizes = chosen.parse(options)
  const machine = await thisMachine()
  if (build) {
    say('building …')
    const { ok, output } = await runToEnd(process.execPath, ['scripts/build.mjs'])
    if (!ok) throw new Error(output)
  }
  const peers = wantsPeers ? await installPeers() : noPeers
  for (const each of asked) {
    say(`${each.name}: ${each.about}`)
    const report = await each.ask(sizes, quick, peers)
    const missing = peers.missing.map((peer) => `Left out: ${peer}.`)
    publish(each.name, machine, { ...report, remarks: [...report.remarks, ...missing] })
  }
}
