import { expect, test } from 'vitest'
import { crontabInWords, spanInWords } from './words.js'

test.each([
  [600, '10 minutes', '10 minutos'],
  [3600, '1 hour', '1 hora'],
  [172_800, '2 days', '2 dias'],
  [90, '90 seconds', '90 segundos'],
  [1.5, '1.5 seconds', '1,5 segundo'],
  [0.00025, '0.00025 seconds', '0,00025 segundo'],
])('%d seconds', (seconds, english, portuguese) => {
  expect(spanInWords(seconds, 'en')).toBe(english)
  expect(spanInWords(seconds, 'pt-BR')).toBe(portuguese)
})

test.each([
  ['0 4 * * *', 'At 04:00', 'Às 04:00'],
  ['5 4 * * Sunday', 'At 04:05, only on Sunday', 'Às 04:05, somente de domingo'],
  [
    '0 0 1-7 * mon',
    'At 00:00, between day 1 and 7 of the month, only on Monday',
    'Às 00:00, entre os dias 1 e 7 do mês, somente de segunda-feira',
  ],
])('%s', (crontab, english, portuguese) => {
  expect(crontabInWords(crontab, 'en')).toBe(english)
  expect(crontabInWords(crontab, 'pt-BR')).toBe(portuguese)
})

test('what has no words has none', () => {
  expect(crontabInWords('0 24 * * *', 'en')).toBeNull()
})
