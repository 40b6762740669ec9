import i18next from 'i18next'
import classes from './state-badge.module.css'

/** State as colour, shape and word. Without the hook of i18next, which is slow where there is a list of them. */
export function StateBadge({ state }: { readonly state: string }) {
  const shape = shapes[state] ?? '○'
  return (
    <span className={classes.badge} data-tone={tones[state] ?? 'idle'}>
      <span aria-hidden className={classes.shape}>
        {shape}
      </span>
      {i18next.t(`state.${state}`, { defaultValue: state })}
    </span>
  )
}

const shapes: Readonly<Record<string, string>> = {
  PENDING: '○',
  SENT: '◇',
  RECEIVED: '◈',
  STARTED: '▶',
  PROGRESS: '▶',
  RETRY: '↻',
  SUCCESS: '✓',
  FAILURE: '✕',
  REVOKED: '■',
  requested: '○',
  sent: '▶',
  armed: '◈',
  stopped: '■',
  finished: '✓',
  failed: '✕',
  expired: '⌛',
  cancelled: '↶',
  online: '●',
  offline: '✕',
  silent: '◌',
  left: '■',
  shared: '!',
  ok: '✓',
  refused: '✕',
  no_answer: '?',
  unconsumed: '!',
  lost: '?',
  firing: '▲',
  ended: '✓',
  muted: '◌',
  off: '○',
  schedule_active: '●',
  schedule_waiting: '◇',
  schedule_disabled: '○',
  schedule_done: '✓',
  schedule_expired: '⌛',
  schedule_missed: '!',
}

const tones: Readonly<Record<string, string>> = {
  STARTED: 'run',
  PROGRESS: 'run',
  RETRY: 'warn',
  SUCCESS: 'good',
  FAILURE: 'bad',
  REVOKED: 'stop',
  sent: 'run',
  armed: 'warn',
  stopped: 'stop',
  finished: 'good',
  failed: 'bad',
  online: 'good',
  offline: 'bad',
  silent: 'warn',
  left: 'stop',
  shared: 'warn',
  ok: 'good',
  refused: 'bad',
  no_answer: 'warn',
  unconsumed: 'warn',
  lost: 'lost',
  firing: 'bad',
  ended: 'good',
  muted: 'warn',
  schedule_active: 'good',
  schedule_missed: 'bad',
}
