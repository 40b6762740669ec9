import { readFileSync } from 'node:fs'
import type { Command } from 'commander'

/** As it is in the package, and in the repository. */
const file = new URL('../../python/crisper_hooks.py', import.meta.url)

export function addHooks(program: Command): void {
  program
    .command('hooks')
    .description('Print the optional Python file for your application: crisper hooks > crisper_hooks.py')
    .addHelpText(
      'after',
      '\nWith it tasks tell whom they belong to and how far they are, and can be asked to end. See docs/hooks.md.',
    )
    .action(() => {
      process.stdout.write(readFileSync(file))
    })
}
