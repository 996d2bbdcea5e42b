// A line that shows how far a training run is: a bar that redraws itself in a terminal, ten lines in a log.

const barWidth = 30

export class Progress {
  readonly #total: number
  readonly #start = performance.now()
  readonly #live = process.stdout.isTTY
  #printedTenths = 0

  constructor(total: number) {
    this.#total = total
  }

  /** Steps per second so far. */
  rate(step: number): number {
    return step / ((performance.now() - this.#start) / 1000)
  }

  /** Shows that `step` steps are done and what the loss was. */
  update(step: number, loss: number): void {
    const share = step / this.#total
    const filled = Math.round(share * barWidth)
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
    const line = `${bar} ${step}/${this.#total}  loss ${loss.toFixed(4)}  ${this.rate(step).toFixed(0)} steps/s`
    if (this.#live) process.stdout.write(`\r${line}\u001b[K${step === this.#total ? '\n' : ''}`)
    else if (Math.floor(share * 10) > this.#printedTenths) {
      this.#printedTenths = Math.floor(share * 10)
      console.log(line)
    }
  }
}
