// What --explain prints: the stages of a compiled function, from the traced program to the code of the device.

/** Prints every stage under its name, and ends the program. */
export function explainAndExit(stages: Readonly<Record<string, string>>): never {
  for (const [name, text] of Object.entries(stages)) {
    console.log(`── ${name} ${'─'.repeat(Math.max(0, 76 - name.length))}\n${text.trimEnd()}\n`)
  }
  process.exit(0)
}
