import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { BadConfig, loadConfig } from '../../src/config.js'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
afterAll(() => folder.remove())

function redactionOf(yaml: string) {
  const config = join(folder.path('settings'), 'crisper.yaml')
  writeFileSync(config, yaml)
  return loadConfig({ config }, {}).redaction
}

describe('redaction in crisper.yaml', () => {
  test('is on by default, and takes keys and patterns', () => {
    expect(redactionOf('port: 1').text("{'password': 'x'}")).toBe("{'password': '[redacted]'}")
    const own = redactionOf('redaction:\n  replace: true\n  keys: [tax_id]\n  patterns: ["(?i)order-[0-9]+"]')
    expect(own.text("{'taxId': 'x', 'password': 'y', 'z': 'Order-12'}")).toBe(
      "{'taxId': '[redacted]', 'password': 'y', 'z': '[redacted]'}",
    )
  })

  test('can be turned off', () => {
    expect(redactionOf('redaction: {enabled: false}').text("{'password': 'x'}")).toBe("{'password': 'x'}")
  })

  test.each([
    [
      'patterns: ["(a"]',
      /^redaction\.patterns: "\(a" is no regular expression in RE2's syntax .*missing closing \)/,
    ],
    ['patterns: ["(?=a)"]', /^redaction\.patterns: "\(\?=a\)" is no regular expression in RE2's syntax/],
    ['keys: ["__"]', /^redaction\.keys\.0: is a key such as api_key$/],
    ['enable: true', /^redaction: .*"enable"/],
  ])('refuses %s in one line', (setting, message) => {
    expect(() => redactionOf(`redaction:\n  ${setting}`)).toThrow(BadConfig)
    expect(() => redactionOf(`redaction:\n  ${setting}`)).toThrow(message)
  })
})
