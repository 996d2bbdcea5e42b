// A training run to be killed: node trainee.js FOLDER RESULT. It resumes what FOLDER has, says on standard output how
// far it is, and writes its weights and history to RESULT. With SLOW=1 files are written in two halves with a pause.

import { data, io, nn, numpy as np, optim, random, train } from '../../../../src/index.js'

const [folder = '', result = ''] = process.argv.slice(2)
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

if (process.env['SLOW'] === '1') {
  const fs = process.getBuiltinModule('node:fs/promises')
  const { open, rename } = fs
  fs.open = async (...args) => {
    const file = await open(...args)
    if (args[1] !== 'w') return file
    const write = file.write.bind(file) as (bytes: Uint8Array, at: number, length: number) => Promise<unknown>
    const slow = async (bytes: Uint8Array, at: number, length: number): Promise<unknown> => {
      const half = Math.ceil(length / 2)
      const written = await write(bytes, at, half)
      say('writing')
      await sleep(5)
      return written
    }
    return Object.assign(file, { write: slow })
  }
  fs.rename = async (...args) => {
    say('renaming')
    await sleep(5)
    await rename(...args)
    say('renamed')
  }
}

const model = nn.sequential(nn.dense(8), nn.batchNorm(), nn.activation(nn.relu), nn.dropout(0.2), nn.dense(3))
const x = random.normal(random.key(1), [50, 4])
const rows = data.fromArrays({ x, y: np.argmax(x, 1).mod(3) })
const [held, training] = data.split(rows, 12)

const run = await train.fit({
  model,
  loss: nn.losses.softmaxCrossEntropy,
  optimizer: optim.adam(optim.cosineDecaySchedule(1e-2, 30)),
  data: training,
  validation: held,
  batchSize: 8, // 38 rows: the last batch of an epoch has 6
  epochs: 6,
  metrics: { accuracy: nn.metrics.accuracy(), recall: nn.metrics.recall({ classes: 3 }) },
  key: random.key(5),
  resume: folder,
  callbacks: [
    train.earlyStopping({ patience: 20 }),
    train.checkpoints(folder, { every: { steps: 3 }, last: 2, best: true }),
    train.csvLog(`${folder}/log.csv`),
    {
      async onStepEnd({ step }) {
        say(`step ${step}`)
        await sleep(2)
      },
    },
  ],
})
const history = run.history.map(({ seconds: _, ...record }) => record)
await io.writeSafetensors(result, run.state, { metadata: { history: JSON.stringify(history) } })
say('done')
process.exit()
