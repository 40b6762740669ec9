import { type CeleryVersion, celeryVersions, newestCelery } from './celery-versions.js'
import type { BrokerKind } from './cluster.js'

type DatabaseKind = 'embedded' | 'external'

export interface Corner {
  readonly name: string
  readonly broker: BrokerKind
  readonly celery: CeleryVersion
  readonly database: DatabaseKind
}

/**
 * What the scenario runs over: the corners (oldest and newest Celery, each broker, each database once), or with
 * CRISPER_TEST_MATRIX=1 every combination of what is installed.
 */
export function corners(): Corner[] {
  const versions = celeryVersions()
  const oldest = versions[0]
  const newest = versions.at(-1) ?? oldest
  if (process.env.CRISPER_TEST_MATRIX === '1') {
    return versions.flatMap((celery) =>
      (['redis', 'amqp'] as const).flatMap((broker) =>
        (['embedded', 'external'] as const).map((database) => named({ broker, celery, database })),
      ),
    )
  }
  return [
    named({ broker: 'redis', celery: oldest, database: 'embedded' }),
    named({ broker: 'redis', celery: newest, database: 'external' }),
    named({ broker: 'amqp', celery: oldest, database: 'external' }),
    named({ broker: 'amqp', celery: newest, database: 'embedded' }),
  ]
}

/** Each broker once and each end of the Celery versions once; with CRISPER_TEST_MATRIX=1 both brokers with every one installed. */
export function oppositeCorners(): { readonly kind: BrokerKind; readonly celery: CeleryVersion }[] {
  const kinds = ['redis', 'amqp'] as const
  if (process.env.CRISPER_TEST_MATRIX === '1')
    return kinds.flatMap((kind) => celeryVersions().map((celery) => ({ kind, celery })))
  return [
    { kind: 'redis', celery: newestCelery() },
    { kind: 'amqp', celery: celeryVersions()[0] },
  ]
}

function named(corner: Omit<Corner, 'name'>): Corner {
  const broker = corner.broker === 'redis' ? 'Redis' : 'RabbitMQ'
  return { ...corner, name: `${broker}, Celery ${corner.celery.version}, ${corner.database} PostgreSQL` }
}
