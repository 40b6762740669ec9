import { join } from 'node:path'
import { startProcess, untilReady } from '../../scripts/services/process.mjs'
import { Service } from '../../scripts/services/service.mjs'

export type TestBeat = Awaited<ReturnType<typeof startBeat>>

interface BeatPlace {
  readonly python: string
  readonly appDir: string
  readonly broker: string
  readonly backend: string
  /** Folder of its log and of the file in which it keeps what it has run. */
  readonly dir: string
}

/** Starts `celery beat` of the test application and waits until it goes by its schedule. */
export async function startBeat(
  { python, appDir, broker, backend, dir }: BeatPlace,
  {
    env = {},
    args = [],
  }: { readonly env?: Readonly<Record<string, string>>; readonly args?: readonly string[] } = {},
): Promise<Service> {
  return await Service.start(async () => {
    const running = startProcess({
      name: 'beat',
      command: python,
      args: [
        ...['-m', 'celery', '-A', 'crisper_test_app', 'beat', '--loglevel', 'INFO', '--pidfile='],
        ...['--schedule', join(dir, 'schedule'), ...args],
      ],
      cwd: appDir,
      env: {
        ...process.env,
        PYTHONPATH: appDir,
        PYTHONUNBUFFERED: '1',
        PYTHONDONTWRITEBYTECODE: '1',
        CELERY_BROKER_URL: broker,
        CELERY_RESULT_BACKEND: backend,
        ...env,
      },
      log: join(dir, 'beat.log'),
    })
    await untilReady(running, () => running.output().includes('beat: Starting'), { deadlineMs: 60_000 })
    return running
  })
}
