import { useTranslation } from 'react-i18next'
import classes from './queues-page.module.css'
import { pointsOf } from './sparkline-points.js'

const width = 90
const height = 20

/** How many waited in the last hour, as a line. */
export function Sparkline({ queue, trend }: { readonly queue: string; readonly trend: readonly number[] }) {
  const { t, i18n } = useTranslation()
  if (trend.length < 2) return null
  const label = t('queues.trendOf', {
    queue,
    least: Math.min(...trend).toLocaleString(i18n.language),
    most: Math.max(...trend).toLocaleString(i18n.language),
  })
  return (
    <svg
      className={classes.sparkline}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <polyline points={pointsOf(trend, width, height)} />
    </svg>
  )
}
