/**
 * Sessions in headless Chromium: each library in a page of its own. A page that does not answer in time is closed.
 */

import { chromium as driver, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { chromium } from '../../scripts/graphics.js'
import { deadlines, TimeoutError, type Command, type Reply, type Session } from '../session/protocol.js'
import type { Environment } from './environment.js'
import { servePages } from './server.js'

export async function chromiumEnvironment(): Promise<Environment> {
  const { address, server } = await servePages()
  const { executable, flags, environment } = chromium()
  const browser = await driver.launch({
    executablePath: executable,
    // Without it WebGPU queues of pages that nobody sees may wait.
    args: [...flags, '--disable-renderer-backgrounding', '--disable-background-timer-throttling'],
    env: { ...(process.env as Record<string, string>), ...environment },
    chromiumSandbox: false,
  })
  return {
    name: 'chromium',
    description: `Chromium ${browser.version()}`,
    open: () => openPage(browser, address),
    close: async () => {
      await browser.close()
      server.close()
    },
  }
}

async function openPage(browser: Browser, address: string): Promise<Session> {
  // A context of its own gives the page a process of its own.
  const context = await browser.newContext()
  const page = await context.newPage()
  const log: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') log.push(message.text())
  })
  page.on('pageerror', (error) => log.push(error.message))
  await page.goto(address)
  await page.evaluate(`import('/page.js')`)
  return {
    request: (async (command: Command) => ask(page, context, command, log)) as Session['request'],
    close: () => context.close(),
  }
}

async function ask(
  page: Page,
  context: BrowserContext,
  command: Command,
  log: readonly string[],
): Promise<unknown> {
  const seconds = deadlines[command.command] / 1000
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TimeoutError(`no answer to '${command.command}' in ${seconds} s`))
    }, seconds * 1000)
  })
  const crashed = new Promise<never>((_, reject) => {
    page.once('crash', () => reject(new Error('the page crashed')))
  })
  try {
    const call = `answer(${JSON.stringify(command)}).then(JSON.stringify)`
    const text = await Promise.race([page.evaluate<string>(call), late, crashed])
    const reply = JSON.parse(text) as Reply
    if (reply.ok) return reply.result
    throw new Error([reply.error, ...log.slice(-2)].join('; '))
  } catch (error) {
    // A page that is busy does not close by itself; its context is closed without waiting for it.
    if (error instanceof TimeoutError) void context.close().catch(() => undefined)
    throw error
  } finally {
    clearTimeout(timer)
  }
}
