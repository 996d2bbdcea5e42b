// Runs one program as a child process in which WebGPU works, and ends as the child ends.
// A TypeScript file and its arguments in → the child's exit status or signal out.

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { webgpuEnvironment } from './graphics.js'

export function launch(file: string, rest: readonly string[]): void {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, ...webgpuEnvironment() },
  })
  // A signal from the terminal reaches the child by itself; one sent to this process alone is handed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(1)
  })
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  )
}
