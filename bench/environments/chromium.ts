/**
 * Sessions in headless Chromium: each library in a page of a browser of its own, which ends with all its processes when
 * the page does not answer in time.
 */

import { chromium as driver, type Browser, type Page } from 'playwright-core'
import { chromium } from '../../scripts/graphics.js'
import { deadlines, TimeoutError, type Command, type Reply, type Session } from '../session/protocol.js'
import type { Environment } from './environment.js'
import { servePages } from './server.js'

function launch(): Promise<Browser> {
  const { executable, flags, environment } = chromium()
  return driver.launch({
    executablePath: executable,
    args: [...flags],
    env: { ...(process.env as Record<string, string>), ...environment },
    chromiumSandbox: false,
    // Signals end the program (main.ts), and with it the browsers.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
}

export async function chromiumEnvironment(): Promise<Environment> {
  const { address, server } = await servePages()
  const probe = await launch()
  const description = `Chromium ${probe.version()}`
  await probe.close()
  return {
    name: 'chromium',
    description,
    open: async () => openPage(await launch(), address),
    close: async () => {
      server.close()
    },
  }
}

async function openPage(browser: Browser, address: string): Promise<Session> {
  const page = await browser.newPage()
  const log: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') log.push(message.text())
  })
  page.on('pageerror', (error) => log.push(error.message))
  await page.goto(address)
  await page.evaluate(`import('/page.js')`)
  return {
    request: (async (command: Command) => ask(page, command, log)) as Session['request'],
    close: () => browser.close(),
  }
}

async function ask(page: Page, command: Command, log: readonly string[]): Promise<unknown> {
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
  } finally {
    clearTimeout(timer)
    page.removeAllListeners('crash')
  }
}
