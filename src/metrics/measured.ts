import { Counter, Gauge, type Registry } from 'prom-client'

type SetValue<Label extends string> = (labels: Record<Label, string>, value: number) => void

interface Measured<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  /** Says the values at each scrape; what it does not say is left out. */
  readonly measure: (set: SetValue<Label>) => void
}

/** A gauge that is measured anew at each scrape. */
export function gauge<Label extends string = never>(
  registry: Registry,
  { name, help, labelNames, measure }: Measured<Label>,
): void {
  const made = new Gauge<Label>({
    name,
    help,
    labelNames,
    registers: [registry],
    collect: () => {
      made.reset()
      // One without labels says 0 after that: it is left out until it is known.
      if (labelNames.length === 0) made.remove()
      measure((labels, value) => made.set(labels, value))
    },
  })
}

/** A counter of what is counted elsewhere. */
export function counter<Label extends string = never>(
  registry: Registry,
  { name, help, labelNames, measure }: Measured<Label>,
): void {
  const made = new Counter<Label>({
    name,
    help,
    labelNames,
    registers: [registry],
    collect: () => {
      made.reset()
      measure((labels, value) => made.inc(labels, value))
    },
  })
}
