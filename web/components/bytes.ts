import { significantFormat } from './formats.js'

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** "812 B", "1.4 GB": in steps of a thousand, as disks are sold. */
export function bytesInWords(bytes: number, language: string): string {
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${significantFormat(language, 3).format(bytes / 1000 ** step)} ${units[step]}`
}
