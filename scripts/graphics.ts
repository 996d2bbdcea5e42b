// Where WebGPU comes from on this machine, for the processes that the npm scripts start.
// A native driver is used where Dawn finds an adapter; otherwise SwiftShader (a software Vulkan driver) is
// unpacked from the npm package @sparticuz/chromium, which also carries the headless Chromium of the browser
// tests. Vulkan reads its environment when a process starts, so the variables must be set before that.

import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { readTar } from './tar.js'

export type Environment = Readonly<Record<string, string>>

const root = fileURLToPath(new URL('..', import.meta.url))
const chromiumPackage = join(root, 'node_modules', '@sparticuz', 'chromium')

/** The variables to add to a child process so that `webgpu` finds an adapter; empty where none are needed. */
export function webgpuEnvironment(): Environment {
  if (process.platform !== 'linux') return {}
  if (process.env['VK_ICD_FILENAMES'] !== undefined || process.env['VK_DRIVER_FILES'] !== undefined) return {}
  const swiftshader = swiftshaderEnvironment()
  if (!hasVulkanDriver()) return swiftshader
  // A container may hold a driver without Vulkan's loader: then the loader beside SwiftShader serves.
  const native: Environment[] = [{}, { LD_LIBRARY_PATH: swiftshader.LD_LIBRARY_PATH }]
  return native.find(hasAdapter) ?? swiftshader
}

/** The variables that make Vulkan use SwiftShader and nothing else. */
function swiftshaderEnvironment(): { readonly LD_LIBRARY_PATH: string; readonly VK_ICD_FILENAMES: string } {
  const folder = unpacked('swiftshader', ['swiftshader.tar.br'])
  return {
    LD_LIBRARY_PATH: withLibraries(folder),
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
  }
}

export interface Chromium {
  readonly executable: string
  readonly flags: readonly string[]
  readonly environment: Environment
}

/** The browser of the browser tests: `CHROMIUM_PATH` where it is set, else the one from the npm package. */
export function chromium(): Chromium {
  const flags = [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    // With it SwiftShader compiles half a millisecond for each word of workgroup memory.
    '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension',
  ]
  const installed = process.env['CHROMIUM_PATH']
  if (installed !== undefined) return { executable: installed, flags, environment: {} }
  const folder = unpacked('chromium', ['chromium.br', 'al2023.tar.br', 'swiftshader.tar.br', 'fonts.tar.br'])
  return {
    executable: join(folder, 'chromium'),
    flags: [...flags, '--enable-features=Vulkan', '--use-vulkan=swiftshader'],
    environment: { LD_LIBRARY_PATH: withLibraries(folder, join(folder, 'lib')) },
  }
}

function withLibraries(...folders: string[]): string {
  const inherited = process.env['LD_LIBRARY_PATH']
  return [...folders, ...(inherited === undefined || inherited === '' ? [] : [inherited])].join(delimiter)
}

/** Whether a Vulkan driver is registered at all: saves the probe on machines that have none. */
function hasVulkanDriver(): boolean {
  const data = process.env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share'
  const folders = ['/etc', '/usr/local/etc', join(homedir(), '.local/share'), ...data.split(':')]
  return folders.some((folder) => {
    const drivers = join(folder, 'vulkan', 'icd.d')
    return existsSync(drivers) && readdirSync(drivers).length > 0
  })
}

/** Asks Dawn for an adapter in a process of its own, since a driver may crash and is never unloaded. */
function hasAdapter(environment: Environment): boolean {
  const probe = `
    const { create } = await import('webgpu')
    const adapter = await create([]).requestAdapter()
    process.exit(adapter ? 0 : 1)`
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', probe], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: 'ignore',
    timeout: 30_000,
  })
  return result.status === 0
}

/**
 * The folder that holds the unpacked archives, made on the first call. Several processes may do this at once:
 * each unpacks beside the target and renames; the first rename wins and the others use its result.
 */
function unpacked(name: string, archives: readonly string[]): string {
  const { version } = JSON.parse(readFileSync(join(chromiumPackage, 'package.json'), 'utf8')) as {
    version: string
  }
  const target = join(root, 'node_modules', '.cache', 'cotangent', `${name}-${version}`)
  if (existsSync(target)) return target
  mkdirSync(dirname(target), { recursive: true })
  const scratch = mkdtempSync(`${target}-`)
  for (const archive of archives) unpack(join(chromiumPackage, 'bin', archive), scratch)
  try {
    renameSync(scratch, target)
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
  return target
}

function unpack(archive: string, folder: string): void {
  const bytes = brotliDecompressSync(readFileSync(archive))
  if (!archive.endsWith('.tar.br')) {
    writeFileSync(join(folder, 'chromium'), bytes, { mode: 0o755 })
    return
  }
  for (const file of readTar(bytes)) {
    const path = join(folder, file.path)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, file.content, { mode: file.mode })
  }
}
