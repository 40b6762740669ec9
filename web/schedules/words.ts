import cronstrue from 'cronstrue'
import 'cronstrue/locales/pt_BR.js'
import { units } from '../components/time.js'

/** "10 minutes", in the greatest unit that has no fraction; "1.5 seconds" and less as they are. */
export function spanInWords(seconds: number, language: string): string {
  const [unit, size] = units.find(([, size]) => seconds % size === 0) ?? ['second', 1]
  const format = new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 6,
  })
  return format.format(seconds / size)
}

/** A crontab of Celery as a sentence; null where there are no words for it. */
export function crontabInWords(crontab: string, language: string): string | null {
  // Celery goes by the first three letters of a name, which may be longer.
  const short = crontab.replaceAll(/[a-z]{4,}/gi, (name) => name.slice(0, 3))
  try {
    return cronstrue.toString(short, {
      locale: language.startsWith('pt') ? 'pt_BR' : 'en',
      use24HourTimeFormat: true,
      logicalAndDayFields: true,
    })
  } catch {
    return null
  }
}
