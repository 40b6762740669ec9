import { Table } from '@mantine/core'
import { counts } from './counts.js'
import { Oldest, Rate } from './queue-facts.js'
import {
  type ListedQueueProps,
  QueueConsumers,
  QueueCount,
  QueueName,
  Unacknowledged,
} from './queue-parts.js'
import classes from './queues-page.module.css'
import { Sparkline } from './sparkline.js'

/** One queue on a desk's screen. */
export function QueueRow({ queue, anySilent, withHeld }: ListedQueueProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <QueueName queue={queue} />
      </Table.Td>
      {counts.map((count) => (
        <Table.Td key={count} ta="right" className={classes.number}>
          <QueueCount queue={queue} count={count} />
        </Table.Td>
      ))}
      {withHeld && (
        <Table.Td ta="right" className={classes.number}>
          <Unacknowledged queue={queue} />
        </Table.Td>
      )}
      <Table.Td>
        <Sparkline queue={queue.name} trend={queue.trend} />
      </Table.Td>
      <Table.Td className={classes.number}>
        <Oldest queue={queue} />
      </Table.Td>
      <Table.Td className={classes.number}>
        {queue.rates !== null && (
          <>
            <Rate rate={queue.rates.published} /> / <Rate rate={queue.rates.taken} />
          </>
        )}
      </Table.Td>
      <Table.Td>
        <QueueConsumers queue={queue} anySilent={anySilent} />
      </Table.Td>
    </Table.Tr>
  )
}
