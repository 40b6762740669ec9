import { describe, expect, test } from 'vitest'
import { runCli } from './run-cli.js'

describe('usage', () => {
  test.each(['serve', 'tasks', 'stop', 'stops', 'statistics', 'types', 'doctor', 'hooks'])(
    '%s explains itself',
    async (command) => {
      const { code, out, err } = await runCli([command, '--help'])
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(new RegExp(`^Usage: crisper ${command} \\[options\\]`))
      expect(out).toContain('--help')
    },
  )

  test('the help names every command and every exit code', async () => {
    const { code, out } = await runCli(['--help'])
    expect(code).toBe(0)
    for (const command of ['serve', 'tasks', 'stop', 'stops', 'statistics', 'types', 'doctor', 'hooks']) {
      expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    }
    for (const exitCode of [0, 1, 2, 3, 4, 5]) expect(out).toMatch(new RegExp(`^ {2}${exitCode} {2}\\w`, 'm'))
  })

  test.each([
    { args: ['nonsense'], told: "unknown command 'nonsense'" },
    { args: ['tasks', '--nonsense'], told: "unknown option '--nonsense'" },
    { args: ['stop'], told: 'Give the ids of tasks, or --filter' },
    { args: ['serve', '--broker'], told: 'argument missing' },
  ])('crisper $args is wrong usage', async ({ args, told }) => {
    const { code, out, err } = await runCli(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(told)
    expect(err).toContain('--help')
  })

  test('without a command the help is shown', async () => {
    const { code, err } = await runCli([])
    expect(code).toBe(2)
    expect(err).toContain('Usage: crisper')
  })
})
