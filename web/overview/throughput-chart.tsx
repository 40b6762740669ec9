import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../api/types.js'
import { TimeChart } from './time-chart.js'
import { useZoom } from './use-zoom.js'

interface ThroughputChartProps {
  readonly points: Overview['points']
  readonly zoom: (from: string, to: string) => void
}

const format = (value: number) => value.toLocaleString()

/** Tasks per bucket, by how they ended. */
export function ThroughputChart({ points, zoom }: ThroughputChartProps) {
  const { t } = useTranslation()
  const series = useMemo(
    () =>
      (
        [
          ['total', 'idle'],
          ['succeeded', 'good'],
          ['failed', 'bad'],
          ['revoked', 'stop'],
        ] as const
      ).map(([field, tone]) => ({
        label: t(`overview.${field}`),
        tone,
        filled: field === 'total',
        values: points.map((point) => point[field]),
      })),
    [points, t],
  )
  return (
    <TimeChart
      title={t('overview.throughput')}
      points={points}
      series={series}
      format={format}
      zoom={useZoom(zoom)}
    />
  )
}
