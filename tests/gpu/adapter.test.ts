import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireWebgpu } from '../support/webgpu.js'

let device: GPUDevice

beforeAll(async () => {
  device = await (await requireWebgpu()).requestDevice()
})
afterAll(() => device.destroy())

test('a compute shader runs in Node and its numbers come back', async () => {
  const size = 64 * 4
  const storage = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC })
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ })
  const module = device.createShaderModule({
    code: `
      @group(0) @binding(0) var<storage, read_write> out: array<f32>;
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
        out[id.x] = f32(id.x) * f32(id.x);
      }`,
  })
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: storage } }],
    }),
  )
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(storage, 0, staging, 0, size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  expect([...new Float32Array(staging.getMappedRange())]).toEqual(Array.from({ length: 64 }, (_, i) => i * i))
})
